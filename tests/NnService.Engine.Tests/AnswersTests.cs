using System.Globalization;
using System.Numerics;
using Microsoft.Win32.SafeHandles;
using NnService.Engine.Activations;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Layers;
using NnService.Engine.Tests.Data;
using NnService.Engine.Training;

namespace NnService.Engine.Tests;

public class AnswersTests
{
    [Fact]
    public void Each_model_answers_every_row_of_a_table_and_each_piece_is_told()
    {
        Table table = Tables.Csv("x\n" + string.Concat(Enumerable.Range(0, 3000).Select(i => $"{i}\n")));
        int[] rows = [.. Tables.AllRows(table).Where(row => row % 2 == 0)];
        int told = 0;

        var answers = Answers.Of(FeatureEncoding.Identity(["x"]), table, rows, count => told += count, Line(2), Line(-1));

        Assert.Equal(rows.Select(row => 2.0 * row), answers[0]);
        Assert.Equal(rows.Select(row => -1.0 * row), answers[1]);
        Assert.Equal(rows.Length, told);
    }

    [Theory]
    [InlineData(Precision.Float32, false)]
    [InlineData(Precision.Float64, false)]
    [InlineData(Precision.Float32, true)]
    [InlineData(Precision.Float64, true)]
    public void Rows_that_are_encoded_already_get_the_same_bits(Precision precision, bool isStored)
    {
        Table table = Tables.Csv("a,b,color,day,y\n" + string.Concat(Enumerable.Range(0, 5000).Select(row => string.Create(
            CultureInfo.InvariantCulture,
            $"{Math.Sin(row):F7},{(row % 11 == 0 ? "" : row % 17)},{"rgb"[row % 3]},2024-{(row % 12) + 1:00}-{(row % 28) + 1:00},{Math.Cos(row):F7}\n"))));
        int[] rows = [.. Tables.AllRows(table).Where(row => row % 3 != 1)];
        if (precision == Precision.Float32)
            Compare<float>();
        else
            Compare<double>();

        void Compare<T>()
            where T : unmanaged, IBinaryFloatingPointIeee754<T>
        {
            var features = FeatureEncoding.Fit(table, ["a", "b", "color", "day"], rows, new PreprocessingSpec());
            var target = TargetEncoding.Fit(table, ["y"], TaskKind.Regression, null, TargetScaling.Standardize, rows);
            var spec = new NetworkSpec { Layers = [new DenseSpec { Units = 9, Activation = new TanhSpec() }, new DenseSpec { Units = 1 }] }
                .Settled(features.InputLayout(), 1);
            var network = Network<T>.Build(spec, features.InputLayout());
            var (parameters, state) = (new T[network.ParameterCount], new T[network.StateCount]);
            network.Initialize(3, parameters, state);
            var description = new ModelDescription { Network = spec, Features = features, Target = target, Precision = precision };
            var model = TrainedModel.Create<T>(description, parameters, state);
            var told = 0;
            using var samples = new SampleEncoder(features, target, 1).Encode<T>(table, rows, isStored ? new RowStorage(Open, 4000) : null);

            Assert.Equal(Answers.Of(features, table, rows, null, model, model), SampleAnswers.Of(samples, count => told += count, model, model));
            Assert.Equal(rows.Length, told);
        }

        static SafeFileHandle Open(long bytes) => File.OpenHandle(
            Path.Combine(Path.GetTempPath(), Path.GetRandomFileName()), FileMode.CreateNew, FileAccess.ReadWrite, FileShare.None, FileOptions.DeleteOnClose, bytes);
    }

    private static TrainedModel Line(double slope)
    {
        var network = new NetworkSpec { Inputs = 1, Layers = [new DenseSpec { Units = 1, Weights = [[slope]], Bias = [0] }] };
        return TrainedModel.FromExplicitWeights(
            new ModelDescription
            {
                Network = network.Settled(1, 1),
                Features = FeatureEncoding.Identity(["x"]),
                Precision = Precision.Float64,
                Target = new TargetEncoding(TaskKind.Regression, ["y"], [], null, [0], [1], false),
            },
            network);
    }
}
