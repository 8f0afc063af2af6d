using System.Text;
using Microsoft.AspNetCore.Http;
using NnService.Api.Datasets;
using NnService.Api.Inference.Serving;
using NnService.Api.Models.Predictions;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Data.Columns;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;

namespace NnService.Api.Tests.Limits;

/// <summary>What reading rows to predict, and showing rows, takes of memory: by what they bring, not by what they name.</summary>
public sealed class PredictionMemoryTests
{
    private const int Categories = 100_000;

    [Fact]
    public void A_context_is_read_once_and_not_with_each_example()
    {
        var model = Model(new FeatureColumn { Name = "x", Type = ColumnType.Number }, new FeatureColumn { Name = "c", Type = ColumnType.Category, Categories = ["a"], Offset = 1 });
        var body = $$"""{"context":{"c":"{{new string('z', 30_000)}}"},"examples":[{{string.Join(',', Enumerable.Repeat("""{"x":1}""", 3000))}}]}""";

        var bytes = BytesOf(() => Assert.Equal(3000, RowsIn(ServingRequest.OfExamples(model, Encoding.UTF8.GetBytes(body)))));

        Assert.InRange(bytes, 0, 120_000_000); // each text is looked at as UTF-8 for a moment, 90 megabytes in all; written into each example they were 700
    }

    [Theory]
    [InlineData("instances", "1")]
    [InlineData("inputs", "1")]
    public void Values_without_names_take_no_more_memory_than_is_reserved_for_them(string form, string value)
    {
        var values = string.Join(',', Enumerable.Repeat(value, 1_000_000));
        var body = Encoding.UTF8.GetBytes(form == "inputs" ? $$"""{"inputs":{"x":[{{values}}]} }""" : $$"""{"instances":[{{values}}]}""");
        var model = Model(new FeatureColumn { Name = "x", Type = ColumnType.Number });

        var bytes = BytesOf(() => Assert.Equal(1_000_000, ServingRequest.OfPredict(model, body).Rows.Count));

        Assert.InRange(bytes, 0, body.Length * 30L); // 24 are reserved, and what has been outgrown counts here
    }

    [Fact]
    public void A_row_of_many_inputs_takes_memory_for_itself_alone()
    {
        var csv = Encoding.UTF8.GetBytes("c\nk00007\n");

        var bytes = BytesOf(() => Assert.Equal(1, RowsIn(new CsvBatches(Wide, new MemoryStream(csv), TableReadOptions.Default, UnknownColumns.Refuse, withCells: false))));

        Assert.InRange(bytes, 0, 20_000_000); // 1,024 rows have 819 megabytes
    }

    [Fact]
    public void A_stored_dataset_takes_no_memory_before_its_first_batch()
    {
        RowBatches? rows = null;

        Assert.InRange(BytesOf(() => rows = new DatasetBatches(Wide, () => throw new InvalidOperationException(), withCells: false)), 0, 100_000);
        Assert.NotNull(rows);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Every_row_of_many_inputs_or_labels_comes_once(bool isWide)
    {
        var rows = Enumerable.Range(0, 300).Select(row => isWide ? $"k{row * 7:D5}" : $"{row}").ToList();
        var model = isWide ? Wide : ManyLabels;
        var reads = new CsvBatches(
            model, new MemoryStream(Encoding.UTF8.GetBytes($"{model.Features.Columns[0].Name}\n{string.Join('\n', rows)}\n")), TableReadOptions.Default,
            UnknownColumns.Refuse, withCells: false);
        var seen = new List<double>();

        for (int count; (count = reads.Next()) > 0;)
        {
            Assert.InRange(count * (long)Categories * sizeof(double), 0, 16_000_000);
            for (var row = 0; row < count; row++)
                seen.Add(isWide ? reads.Values.Slice(row * Categories, Categories).IndexOf(1.0) / 7.0 : reads.Values[row]);
        }

        Assert.Equal(Enumerable.Range(0, 300).Select(row => (double)row), seen);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_batch_ends_where_the_cells_that_the_answer_repeats_have_a_megabyte(bool withCells)
    {
        var note = new string('n', 400_000);
        var csv = Encoding.UTF8.GetBytes("x,note\n" + string.Concat(Enumerable.Range(0, 20).Select(row => $"{row},{note}\n")));
        var rows = new CsvBatches(
            Model(new FeatureColumn { Name = "x", Type = ColumnType.Number }), new MemoryStream(csv), TableReadOptions.Default, UnknownColumns.Ignore, withCells);
        var (seen, most) = (0, 0);

        for (int count; (count = rows.Next()) > 0; most = Math.Max(most, count))
            for (var row = 0; row < count; row++, seen++)
                Assert.Equal($"{seen},{note}", withCells ? Encoding.UTF8.GetString(rows.CellsOf(row)) : $"{rows.Values[row]},{note}");

        Assert.Equal(20, seen);
        Assert.InRange(most, withCells ? 1 : 20, withCells ? 8 : 20);
    }

    [Fact]
    public async Task Rows_are_shown_without_an_object_for_each_cell()
    {
        var table = new Table([.. Enumerable.Range(0, 2000).Select(column => Column.OfNumbers($"x{column}", [.. Enumerable.Range(0, 1000).Select(row => row + 0.5)]))]);
        var context = new DefaultHttpContext();
        context.Response.Body = Stream.Null;

        Task shown = Task.CompletedTask;
        var bytes = BytesOf(() => shown = new RowsAnswer(table, 0, 1000).ExecuteAsync(context));
        await shown;

        Assert.InRange(bytes, 0, 24_000_000); // the numbers have 16 megabytes; as objects they had 64
    }

    private static ModelDescription Wide { get; } = Model(
        new FeatureColumn { Name = "c", Type = ColumnType.Category, Categories = [.. Enumerable.Range(0, Categories).Select(i => $"k{i:D5}")] });

    private static ModelDescription ManyLabels { get; } = Model(new FeatureColumn { Name = "x", Type = ColumnType.Number }) with
    {
        Target = new TargetEncoding(TaskKind.MulticlassClassification, ["y"], [.. Enumerable.Range(0, Categories).Select(i => $"{i}")]),
    };

    private static ModelDescription Model(params FeatureColumn[] columns) => new()
    {
        Network = new NetworkSpec { Layers = [new DenseSpec { Units = 1 }] },
        Features = new FeatureEncoding(columns, MissingCells.Error),
        Target = new TargetEncoding(TaskKind.Regression, ["y"], shift: [0], scale: [1]),
        Precision = Precision.Float32,
    };

    private static int RowsIn(RowBatches batches)
    {
        var rows = 0;
        for (int count; (count = batches.Next()) > 0;)
            rows += count;
        return rows;
    }

    private static long BytesOf(Action action)
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        action();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
