# test.sh FOLDER: tries the program in FOLDER and prints each test that fails.
price() {
    found=$(sh "$1/price.sh" "$3")
    [ "$found" = "$4" ] || echo "$2: expected $4, found $found"
}
price "$1" a_small_order_is_charged_at_least_500 20 500
price "$1" an_order_of_500_stays_as_it_is 500 500
price "$1" an_order_below_10000_is_not_reduced 9999 9999
price "$1" an_order_of_10000_is_reduced 10000 9000
price "$1" a_large_order_is_reduced 20000 18000
