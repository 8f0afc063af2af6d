using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Training;

namespace NnService.Engine.Tests.Data;

public sealed class RowLayoutTests
{
    private static readonly Table s_table = Tables.Csv(
        """
        age,colour,member,since,size,city
        31,red,true,2024-01-05,1.5,Rome
        ,blue,false,2024-02-06,2.5,Oslo
        45,,true,,3.5,Rome
        28,green,,2023-12-31,,Bern
        52,red,false,2022-07-01,5.5,
        19,violet,true,2021-03-15,6.5,Oslo
        """);

    private static readonly string[] s_features = ["age", "colour", "member", "since", "size", "city"];

    [Theory]
    [InlineData(64)]
    [InlineData(2)] // two categories of their own, the others together
    public void Compact_rows_become_the_inputs_that_are_encoded_at_once(int maxCategories)
    {
        // Fitted on the first five rows: the sixth has a colour that is unknown then.
        var encoding = FeatureEncoding.Fit(s_table, s_features, [0, 1, 2, 3, 4], new PreprocessingSpec { MaxCategories = maxCategories });
        int[] rows = [5, 0, 4, 1, 3, 2, 2];
        var dense = new float[rows.Length * encoding.Width];
        encoding.Bind(s_table).Encode<float>(rows, dense);

        var compact = new float[rows.Length * encoding.Layout.CompactWidth];
        encoding.Bind(s_table).EncodeCompact<float>(rows, compact);
        var samples = new MemorySamples<float>(compact, encoding.Layout, new float[rows.Length], 1);

        Assert.True(encoding.Layout.CompactWidth < encoding.Width);
        Assert.Equal(encoding.Width, samples.InputWidth);
        var room = new float[samples.RoomFor(rows.Length)];
        Assert.Equal(dense, samples.Range(0, rows.Length, room).Inputs.ToArray());
        Assert.Equal(dense[(2 * encoding.Width)..(4 * encoding.Width)], samples.Range(2, 2, room).Inputs.ToArray());
        var batch = samples.Batch([6, 1], 0, room, new float[2], []);
        Assert.Equal([.. dense[(6 * encoding.Width)..], .. dense[encoding.Width..(2 * encoding.Width)]], batch.Inputs.ToArray());
    }

    [Fact]
    public void Rows_of_numbers_alone_are_the_inputs_already()
    {
        var encoding = FeatureEncoding.Fit(s_table, ["age", "size"], [0, 1, 2], new PreprocessingSpec());

        Assert.True(encoding.Layout.IsPlain);
        Assert.Equal(encoding.Width, encoding.Layout.CompactWidth);
        Assert.Equal(0, new MemorySamples<float>(new float[3 * encoding.Width], encoding.Layout, new float[3], 1).RoomFor(3));
    }
}
