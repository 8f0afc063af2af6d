using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Export;

/// <summary>What rows are answered with: a probability of each label, or a value of each target; and for a classifier the index of the label.</summary>
/// <param name="Columns">Labels or targets.</param>
/// <param name="Values">[rows, columns], in the precision of the model's answers.</param>
/// <param name="Labels">[rows] indexes of labels; empty for a regression.</param>
internal sealed record ExportResults(int Columns, double[] Values, int[] Labels)
{
    /// <summary>Rows answered.</summary>
    public int Rows => Values.Length / Columns;

    /// <summary>The model's own answers to rows.</summary>
    public static ExportResults Of(TrainedModel model, ExportRows rows)
    {
        var answers = new double[checked(rows.Rows.Count * model.Outputs)];
        model.Predict(rows.Encode(), rows.Rows.Count, answers);
        return Of(model, answers);
    }

    /// <summary>The results that follow from what a network answered, [rows, outputs].</summary>
    public static ExportResults Of(TrainedModel model, double[] answers)
    {
        var target = model.Description.Target;
        if (target.Labels.Count == 0)
            return new ExportResults(model.Outputs, answers, []);
        var columns = target.Labels.Count;
        var values = model.Outputs > 1 ? answers : new double[checked(answers.Length * columns)];
        for (var row = 0; model.Outputs == 1 && row < answers.Length; row++)
        {
            values[(row * columns) + target.PositiveIndex] = answers[row];
            values[(row * columns) + 1 - target.PositiveIndex] = Round(model.Description.Precision, 1 - answers[row]);
        }

        var labels = new int[values.Length / columns];
        for (var row = 0; row < labels.Length; row++)
            labels[row] = LabelRule.Of<double>(values.AsSpan(row * columns, columns), target.PositiveIndex, LabelRule.EvenThreshold);
        return new ExportResults(columns, values, labels);
    }

    /// <summary>
    /// The greatest difference between these answers and others to the same rows: of probabilities, or of values by how far from zero the network's output is
    /// for them. Another label counts as much as its probability is smaller. NaN and infinity are infinitely far from a number.
    /// </summary>
    public double DifferenceFrom(ExportResults other, TargetEncoding target)
    {
        if (other.Values.Length != Values.Length || other.Labels.Length != Labels.Length)
            return double.PositiveInfinity;
        var greatest = 0.0;
        for (var i = 0; i < Values.Length; i++)
        {
            if (Values[i].Equals(other.Values[i]))
                continue;
            var difference = Math.Abs(Values[i] - other.Values[i]) / (target.Labels.Count > 0 ? 1 : Unit(Values[i], i % Columns, target));
            greatest = double.IsFinite(difference) ? Math.Max(greatest, difference) : double.PositiveInfinity;
        }

        for (var row = 0; row < Labels.Length; row++)
            if (other.Labels[row] != Labels[row])
                greatest = Math.Max(greatest, Math.Abs(Values[(row * Columns) + Labels[row]] - Values[(row * Columns) + other.Labels[row]]));
        return greatest;
    }

    /// <summary>What <see cref="DifferenceFrom"/> counts in, in words.</summary>
    public static string UnitOf(TargetEncoding target) => target.Labels.Count > 0 ? "of probabilities"
        : target.Log1p ? "of values, divided by the greatest of 1, the value and the target's scale"
        : "of values, divided by the target's scale or the value's distance from the target's shift, whichever is greater";

    // A target far from zero must not hide a difference: what counts is the distance from its shift, and what float64 can show at the value.
    private static double Unit(double value, int column, TargetEncoding target)
    {
        const double Shown = 1.0 / (1 << 30); // some thousand steps of float64
        var (shift, scale) = (target.Shift[column], Math.Abs(target.Scale[column]));
        return target.Log1p ? Math.Max(Math.Max(1, Math.Abs(value)), scale) : Math.Max(Math.Max(scale, Math.Abs(value - shift)), Math.Abs(value) * Shown);
    }

    /// <summary>A number in a precision, held in float64.</summary>
    public static double Round(Precision precision, double value) => precision == Precision.Float32 ? (float)value : value;
}
