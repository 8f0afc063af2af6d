using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Tests.Data;

public class EncodedPiecesTests
{
    [Fact]
    public void Pieces_are_the_rows_asked_for_in_their_order_as_encoded_at_once()
    {
        Table table = Tables.Csv("a,b,c\n" + string.Concat(Enumerable.Range(0, 6000).Select(i => $"{i},{i % 7},{"xyz"[i % 3]}\n")));
        int[] rows = [.. Tables.AllRows(table).Where(row => row % 5 != 0)];
        var features = FeatureEncoding.Fit(table, ["c", "a"], rows, new PreprocessingSpec());
        double[] atOnce = new double[rows.Length * features.Width];
        features.Bind(table).Encode<double>(rows, atOnce);

        var inPieces = new List<double>();
        int pieces = 0;
        EncodedPieces.Visit(features, table, rows, (inputs, start, count) =>
        {
            Assert.Equal(inPieces.Count / features.Width, start);
            Assert.Equal(count * features.Width, inputs.Length);
            inPieces.AddRange(inputs);
            pieces++;
        });

        Assert.Equal(3, pieces); // 4,800 rows, 2,048 at a time
        Assert.Equal(atOnce, inPieces);
    }

    [Fact]
    public void Categories_that_training_had_not_seen_are_told()
    {
        Table table = Tables.Csv("c\na\nb\nnew\nnew\n");
        var features = FeatureEncoding.Fit(table, ["c"], [0, 1], new PreprocessingSpec());
        var unknown = new UnknownCategories();

        EncodedPieces.Visit(features, table, Tables.AllRows(table), (_, _, _) => { }, unknown);

        Assert.Contains("\"new\" was not seen in training", Assert.Single(unknown.Warnings), StringComparison.Ordinal);
    }
}
