//! Pictures of the plan that holds everything.

use crate::plan::draw;
use crate::plan::sample::rich;

#[test]
fn text_has_a_line_for_each_stage() {
    insta::assert_snapshot!(draw::text(&rich()), @r#"
    main  10 stages, widest front 5
      1  first     tool.full
         first_of  first of tool.lines, event paid, wait 5ms
         tagged    first of done: tool.lines, paid: event paid, late: wait 5ms
         any_of    any 2 of tool.lines, event paid, wait 5ms
      2  called    tool.text  <- first  when workflow
         fail      fail "stopped"  unless workflow
      3  mapped    for each of first: { … }  <- first  after called
         matched   match input: "a" => tool.status, "b" => use, _ => skip
                   below fail
      4  asked     ask  after matched  below fail
      finally
      1  last      for each of outcome: tool.nothing

    each { … }  1 stage
      1  inner  fake.answer
    "#);
}

#[test]
fn mermaid_has_a_cluster_for_each_workflow() {
    insta::assert_snapshot!(draw::mermaid(&rich()), @r#"
    flowchart TD
        subgraph w0 ["main"]
            w0s0["first<br/>tool.full"]
            w0s1["called<br/>tool.text<br/>repeat up to 3 until workflow<br/>on timeout use workflow<br/>on crashed both.any<br/>on failure tool.lines<br/>on failure ask<br/>on failure skip<br/>on failure fail<br/>undo tool.status"]
            w0s2[/"mapped<br/>for each of first: { … }"/]
            w0s3{{"matched<br/>match input: #34;a#34; =#62; tool.status, #34;b#34; =#62; use, _ =#62; skip"}}
            w0s4>"fail<br/>#34;stopped#34;"]
            w0s5(["asked<br/>ask"])
            w0s6[/"last<br/>for each of outcome: tool.nothing<br/>finally"/]
            w0s7[\"first_of<br/>first of tool.lines, event paid, wait 5ms"/]
            w0s8[\"tagged<br/>first of done: tool.lines, paid: event paid, late: wait 5ms"/]
            w0s9[\"any_of<br/>any 2 of tool.lines, event paid, wait 5ms"/]
            w0c0{"workflow"}
            w0s0 --> w0s1
            w0s0 --> w0s2
            w0s0 --> w0c0
            w0s1 -.-> w0s2
            w0s3 -.-> w0s5
            w0s4 -.->|else| w0s3
            w0c0 -->|yes| w0s1
            w0c0 -->|no| w0s4
        end
        subgraph w1 ["each"]
            w1s0["inner<br/>fake.answer"]
        end
        w0s2 -. calls .-> w1
    "#);
}

#[test]
fn dot_has_a_cluster_for_each_workflow() {
    insta::assert_snapshot!(draw::dot(&rich()), @r#"
    digraph "main" {
        rankdir=TB
        compound=true
        node [shape=box, fontname="Helvetica"]
        edge [fontname="Helvetica"]
        subgraph cluster_w0 {
            label="main"
            w0start [shape=point, width=0.1]
            w0s0 [label="first\ntool.full"]
            w0s1 [label="called\ntool.text\nrepeat up to 3 until workflow\non timeout use workflow\non crashed both.any\non failure tool.lines\non failure ask\non failure skip\non failure fail\nundo tool.status"]
            w0s2 [label="mapped\nfor each of first: { … }", shape=parallelogram]
            w0s3 [label="matched\nmatch input: \"a\" => tool.status, \"b\" => use, _ => skip", shape=hexagon]
            w0s4 [label="fail\n\"stopped\"", shape=octagon]
            w0s5 [label="asked\nask", shape=oval]
            w0s6 [label="last\nfor each of outcome: tool.nothing\nfinally", shape=parallelogram, style=dashed]
            w0s7 [label="first_of\nfirst of tool.lines, event paid, wait 5ms", shape=trapezium]
            w0s8 [label="tagged\nfirst of done: tool.lines, paid: event paid, late: wait 5ms", shape=trapezium]
            w0s9 [label="any_of\nany 2 of tool.lines, event paid, wait 5ms", shape=trapezium]
            w0c0 [shape=diamond, label="workflow"]
            w0s0 -> w0s1
            w0s0 -> w0s2
            w0s0 -> w0c0
            w0s1 -> w0s2 [style=dashed]
            w0s3 -> w0s5 [style=dashed]
            w0s4 -> w0s3 [style=dashed, label="else"]
            w0c0 -> w0s1 [label="yes"]
            w0c0 -> w0s4 [label="no"]
        }
        subgraph cluster_w1 {
            label="each"
            w1start [shape=point, width=0.1]
            w1s0 [label="inner\nfake.answer"]
        }
        w0s2 -> w1start [style=dotted, label="calls", lhead=cluster_w1]
    }
    "#);
}

#[test]
fn json_has_every_stage_and_edge() {
    let graph: serde_json::Value = serde_json::from_str(&draw::json(&rich())).expect("it is JSON");
    assert_eq!(graph["workflows"][0]["stages"][2]["kind"], "map");
    assert_eq!(graph["workflows"][0]["stages"][2]["calls"], serde_json::json!([1]));
    assert_eq!(graph["workflows"][0]["edges"].as_array().map(Vec::len), Some(8));
}

#[test]
fn labels_cannot_leave_their_quotes() {
    let mut plan = rich();
    plan.workflows[0].name = "a\"]; b --> c <b> #1 `x`\n\u{202e}".into();
    assert!(draw::mermaid(&plan).contains("[\"a#34;]#59; b --#62; c #60;b#62; #35;1 #96;x#96;<br/> \"]"));
    assert!(draw::dot(&plan).contains("label=\"a\\\"]; b --> c <b> #1 `x`\\n \""));
}

#[test]
fn svg_shows_what_the_others_show() {
    let drawn = draw::svg(&rich());
    for text in ["main", "first", "tool.full", "each { … }", "inner", "fake.answer", "yes", "no", "else", "finally"] {
        assert!(drawn.contains(&format!(">{text}</text>")), "{text}: {drawn}");
    }
    assert!(drawn.contains("<title>called: stage</title><desc>tool.text; reads first; when workflow"), "{drawn}");
    assert_eq!(drawn, draw::svg(&rich()));
}

#[test]
fn svg_stands_alone() {
    let drawn = draw::svg(&rich());
    assert_eq!(offences(&drawn), Vec::<u64>::new());
    for stranger in ["<script", "@import", "url(", "href=\"http", "<image", "<foreignObject", "NaN", "inf"] {
        assert!(!drawn.contains(stranger), "{stranger}");
    }
}

#[test]
fn names_are_no_markup_in_svg() {
    let mut plan = rich();
    let name = "</text><script>alert('1')</script>&\"]]>\u{0}\u{202e}\u{ffff}";
    plan.name = name.into();
    plan.hash = "\"><script>".into();
    plan.workflows[0].name = name.into();
    plan.workflows[0].doc = Some(name.into());
    plan.workflows[0].stages[0].name = name.into();
    let drawn = draw::svg(&plan);
    assert_eq!(offences(&drawn), Vec::<u64>::new());
    assert!(!drawn.contains("<script") && drawn.contains("&lt;/text&gt;&lt;script&gt;alert(&#39;1&#39;)"), "{drawn}");
}

/// Where an XML reader takes offence.
fn offences(xml: &str) -> Vec<u64> {
    let mut reader = quick_xml::Reader::from_str(xml);
    reader.config_mut().expand_empty_elements = false;
    loop {
        match reader.read_event() {
            Ok(quick_xml::events::Event::Eof) => return Vec::new(),
            Ok(quick_xml::events::Event::Start(tag) | quick_xml::events::Event::Empty(tag)) => {
                if tag.attributes().any(|attribute| attribute.is_err()) {
                    return vec![reader.buffer_position()];
                }
            }
            Ok(_) => {}
            Err(_) => return vec![reader.error_position()],
        }
    }
}
