using System.Globalization;
using System.Runtime.InteropServices;
using NnService.Api.TrainingJobs.Planning;
using NnService.Engine;
using NnService.Engine.Data;
using NnService.Engine.Layers;
using NnService.Engine.Training;

namespace NnService.Api.TrainingJobs.Running;

/// <summary>
/// How sure the classifiers of an ensemble are of themselves: the logits of every network are divided by one number, which makes the log loss of the
/// validation part smallest (Guo, Pleiss, Sun and Weinberger 2017). It goes into the weights of the last layer, so that everything that reads a model, and
/// every export, has it without knowing of it.
/// </summary>
internal static class Temperature
{
    private const double Step = 1.0 / 8; // of an octave
    private const int MostSteps = 16; // from a quarter to four times

    /// <summary>The models at the best temperature, and that temperature; 1 where a regression or another kind of last layer has none.</summary>
    /// <param name="plan">The plan.</param>
    /// <param name="table">Its table.</param>
    /// <param name="chosen">The models with their weights.</param>
    /// <param name="truth">The validation rows.</param>
    /// <param name="answered">Called with the rows that the models have answered.</param>
    public static (IReadOnlyList<(TrainedModel Model, int Weight)> Models, double Value) Fit(
        TrainingPlan plan, Table table, IReadOnlyList<(TrainedModel Model, int Weight)> chosen, Truth truth, Action<int>? answered)
    {
        if (truth.IsRegression || chosen.Any(part => part.Model.Description.Network.Layers[^1] is not DenseSpec))
            return (chosen, 1);
        var (best, merit) = (0, MeritAt(0));
        foreach (var direction in (int[])[1, -1])
            for (var steps = best + direction; Math.Abs(steps) <= MostSteps; steps += direction)
            {
                var next = MeritAt(steps);
                if (!(next < merit))
                    break;
                (best, merit) = (steps, next);
            }

        return best == 0 ? (chosen, 1) : (At(best), ValueOf(best));

        double MeritAt(int steps)
        {
            var model = ModelFactory.Combine(At(steps));
            return truth.Merit(Answers.Of(plan.Features, table, plan.Split.Validation, answered, model)[0]);
        }

        List<(TrainedModel Model, int Weight)> At(int steps) => [.. chosen.Select(part => (Divided(part.Model, ValueOf(steps)), part.Weight))];
    }

    private static double ValueOf(int steps) => Math.Round(Math.Pow(2, steps * Step), 3);

    // The last layer's weights and biases, divided.
    private static TrainedModel Divided(TrainedModel model, double temperature)
    {
        if (temperature == 1)
            return model;
        var bytes = model.ParameterBytes.ToArray();
        var last = string.Create(CultureInfo.InvariantCulture, $"layers[{model.Description.Network.Layers.Count - 1}]");
        foreach (var slice in model.Slices.Where(slice => slice.Name == $"{last}.weights" || slice.Name == $"{last}.bias"))
            if (model.Description.Precision == Precision.Float32)
                Divide(MemoryMarshal.Cast<byte, float>(bytes.AsSpan()).Slice(slice.Offset, slice.Count), (float)temperature);
            else
                Divide(MemoryMarshal.Cast<byte, double>(bytes.AsSpan()).Slice(slice.Offset, slice.Count), temperature);
        return TrainedModel.Create(model.Description, bytes);
    }

    private static void Divide<T>(Span<T> numbers, T by)
        where T : unmanaged, System.Numerics.INumber<T>
    {
        for (var i = 0; i < numbers.Length; i++)
            numbers[i] /= by;
    }
}
