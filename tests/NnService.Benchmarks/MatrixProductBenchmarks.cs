using System.Globalization;
using System.Runtime.Intrinsics;
using BenchmarkDotNet.Attributes;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using NnService.Engine.Kernels;

namespace NnService.Benchmarks;

/// <summary>The matrix product in float on the shapes of network layers, with the share of the processor's peak it reaches.</summary>
/// <remarks>Forward is X · W, WeightGradient Xᵀ · dZ, InputGradient dZ · Wᵀ; a shape is rows x inner x columns of the product.</remarks>
[Config(typeof(WithRates))]
[MemoryDiagnoser]
public class MatrixProductBenchmarks
{
    private float[] _a = [];
    private float[] _b = [];
    private float[] _c = [];
    private Team? _team;

    public enum Pass
    {
        Forward,
        WeightGradient,
        InputGradient,
    }

    /// <summary>One product to measure.</summary>
    public sealed record Shape(Pass Pass, int Rows, int Inner, int Columns)
    {
        public double FlopCount => 2.0 * Rows * Inner * Columns;

        public override string ToString() => $"{Pass} {Rows}x{Inner}x{Columns}";
    }

    public static IEnumerable<Shape> Shapes =>
    [
        new(Pass.Forward, 64, 784, 128),
        new(Pass.WeightGradient, 784, 64, 128),
        new(Pass.Forward, 256, 1024, 1024),
        new(Pass.WeightGradient, 1024, 256, 1024),
        new(Pass.InputGradient, 256, 1024, 1024),
        new(Pass.Forward, 32, 64, 64),
        new(Pass.WeightGradient, 64, 32, 64),
        new(Pass.InputGradient, 32, 64, 64),
        new(Pass.Forward, 64, 128, 10),
        new(Pass.Forward, 1, 784, 128),
        new(Pass.Forward, 1, 2, 2),
    ];

    [ParamsSource(nameof(Shapes))]
    public Shape Product { get; set; } = new(Pass.Forward, 1, 1, 1);

    [Params(1, 2)]
    public int Threads { get; set; }

    [GlobalSetup]
    public void FillMatrices()
    {
        var random = new Random(1);
        _a = Numbers(Product.Rows * Product.Inner);
        _b = Numbers(Product.Inner * Product.Columns);
        _c = new float[Product.Rows * Product.Columns];
        _team = Threads > 1 ? new Team(Threads) : null;

        float[] Numbers(int count) => [.. Enumerable.Range(0, count).Select(_ => random.NextSingle() - 0.5f)];
    }

    [GlobalCleanup]
    public void EndTeam() => _team?.Dispose();

    [Benchmark]
    public void Multiply()
    {
        var c = new View<float>(_c, Product.Rows, Product.Columns);
        switch (Product.Pass)
        {
            case Pass.Forward:
                MatrixProduct.Multiply(
                    new ReadOnlyView<float>(_a, Product.Rows, Product.Inner), new ReadOnlyView<float>(_b, Product.Inner, Product.Columns), c, team: _team);
                break;
            case Pass.WeightGradient:
                MatrixProduct.Multiply(
                    new ReadOnlyView<float>(_a, Product.Inner, Product.Rows).Transposed,
                    new ReadOnlyView<float>(_b, Product.Inner, Product.Columns), c, team: _team);
                break;
            default:
                MatrixProduct.Multiply(
                    new ReadOnlyView<float>(_a, Product.Rows, Product.Inner),
                    new ReadOnlyView<float>(_b, Product.Columns, Product.Inner).Transposed, c, team: _team);
                break;
        }
    }

    private sealed class WithRates : ManualConfig
    {
        public WithRates()
        {
            AddColumn(StatisticColumn.Min, new RateColumn());
            SummaryStyle = SummaryStyle.Default.WithMaxParameterColumnWidth(40);
        }
    }

    /// <summary>GFLOP/s at the fastest iteration, since others share the machine, and the share of what this machine's registers can do on as many
    /// threads.</summary>
    private sealed class RateColumn : IColumn
    {
        private static readonly Lazy<double> PeakOfOneThread = new(() => 1 / Peak.Measure(Vector512.IsHardwareAccelerated ? 512 : 256).Seconds);

        public string Id => nameof(RateColumn);

        public string ColumnName => "GFLOP/s (of peak)";

        public string Legend => "Multiplications and additions a second, and their share of the measured peak of one thread times the threads";

        public bool AlwaysShow => true;

        public ColumnCategory Category => ColumnCategory.Custom;

        public int PriorityInCategory => 0;

        public bool IsNumeric => true;

        public UnitType UnitType => UnitType.Dimensionless;

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase)
        {
            var parameters = benchmarkCase.Parameters;
            if (summary[benchmarkCase]?.ResultStatistics is not { } statistics || parameters[nameof(Product)] is not Shape shape)
                return "?";
            var rate = shape.FlopCount / statistics.Min;
            var peak = PeakOfOneThread.Value * (int)parameters[nameof(Threads)];
            return string.Create(CultureInfo.InvariantCulture, $"{rate:F1} ({100 * rate / peak:F0} %)");
        }

        public string GetValue(Summary summary, BenchmarkCase benchmarkCase, SummaryStyle style) => GetValue(summary, benchmarkCase);

        public bool IsDefault(Summary summary, BenchmarkCase benchmarkCase) => false;

        public bool IsAvailable(Summary summary) => true;
    }
}
