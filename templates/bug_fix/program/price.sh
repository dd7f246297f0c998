# price.sh CENTS: what an order costs. From 10000 cents on it is reduced by a tenth; at least 500 cents are charged.
cents=$1
if [ "$cents" -lt 500 ]; then
    cents=500
fi
if [ "$cents" -gt 10000 ]; then
    cents=$((cents - cents / 10))
fi
echo "$cents"
