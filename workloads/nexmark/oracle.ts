/** What the queries must put out: each oracle is written from the query, as `README.md` says it. */
export { categoryAveragesOracle, sellerAveragesOracle } from './oracle-auctions.ts'
export { currencyOracle, passThroughOracle, selectionOracle } from './oracle-bids.ts'
export { newSellersOracle, suggestionsOracle } from './oracle-people.ts'
export { highestBidOracle, hotItemOracle } from './oracle-windows.ts'
