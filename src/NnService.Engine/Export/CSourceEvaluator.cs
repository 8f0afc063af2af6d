using System.Numerics;
using System.Text.RegularExpressions;
using NnService.Engine.Activations;
using NnService.Engine.Data;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;

namespace NnService.Engine.Export;

/// <summary>
/// What a written C file computes, in C#: its arrays of numbers and of texts are read back, the operations are those of its functions, one number after the
/// other. It shares no vector and no loop with the engine's own prediction, only the elementary functions. The functions' text is not read, nor are the calls
/// that join them, with the widths, places and flags that stand in those: they are tried by a compiler, in the tests.
/// </summary>
internal static partial class CSourceEvaluator
{
    /// <summary>The answers to a source's rows.</summary>
    public static ExportResults Run(string text, ExportSource source) => source.IsSingle ? Run<float>(text, source) : Run<double>(text, source);

    private static ExportResults Run<T>(string text, ExportSource source)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var arrays = new Dictionary<string, double[]>();
        var prefix = CNames.Prefix(source.Name) + "_";
        foreach (Match match in Arrays().Matches(text))
        {
            var isSingle = match.Groups[1].Value == "float";
            var numbers = match.Groups[3].Value.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            arrays[match.Groups[2].Value[prefix.Length..]] =
                Array.ConvertAll(numbers, number => isSingle ? float.Parse(number.TrimEnd('f')) : double.Parse(number));
        }

        var texts = TextArrays().Matches(text).ToDictionary(
            match => match.Groups[1].Value[prefix.Length..],
            match => match.Groups[2].Value.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => CNames.TextOf(line.AsSpan().Trim(" ,"))).ToArray());
        var description = source.Model.Description;
        var parts = source.Model.Parts.Select(ExportStep.Of).ToList();
        var (outputs, total) = (source.Model.Outputs, description.TotalWeight);
        var answers = new double[checked(source.Rows.Rows.Count * outputs)];
        for (var row = 0; row < source.Rows.Rows.Count; row++)
        {
            var sums = answers.AsSpan(row * outputs, outputs);
            if (Encode(source, source.Rows.Rows[row], arrays, texts) is not { } encoded)
            {
                sums.Fill(double.NaN);
                continue;
            }

            var x = Array.ConvertAll(encoded, T.CreateTruncating);
            var first = 0;
            foreach (var (i, steps) in parts.Index())
            {
                var y = Apply(steps, first, x, arrays);
                for (var k = 0; k < y.Length; k++)
                    sums[k] += (description.Ensemble?[i].Weight ?? 1) * (description.Target.Task == TaskKind.Regression
                        ? Decode(y[k], k, description.Target, arrays)
                        : double.CreateChecked(y[k]));
                first += steps.Count;
            }

            for (var k = 0; k < outputs && description.Ensemble is not null; k++)
                sums[k] = ExportResults.Round(description.AnswerPrecision, sums[k] / total);
        }

        return ExportResults.Of(source.Model, answers);
    }

    // Null where the row is refused.
    private static double[]? Encode(ExportSource source, Cell[] row, Dictionary<string, double[]> arrays, Dictionary<string, string[]> texts)
    {
        var x = new double[source.Model.Description.Features.Width];
        for (var i = 0; i < source.Inputs.Count; i++)
        {
            var input = source.Inputs[i];
            var cell = row[input.ColumnIndex];
            var own = x.AsSpan(input.Offset);
            var isMissing = input.IsText ? IsMissing(ExportInput.TextOf(cell), Texts("missing_texts", i))
                : input.NumberOf(cell) is var number && (double.IsNaN(number) || input.MissingNumbers.Contains(number));
            if (isMissing && source.Model.Description.Features.Missing == MissingCells.Error)
                return null;
            if (input.IsBoolean && !isMissing && input.NumberOf(cell) is not (0 or 1))
                return null;
            if (!input.IsText && !EncodeNumber(
                input.NumberOf(cell), isMissing, input.Log1p, input.Clip, arrays["shift"][i], arrays["scale"][i], arrays["missing"][i], out own[0]))
            {
                return null;
            }

            if (input.IsText && input.Values > 0)
                EncodeCategory(ExportInput.TextOf(cell), isMissing, Texts("categories", i), input.OtherCategory, input.MissingCategory, own);
            if (input.HasIndicator)
                own[input.Values] = isMissing ? 1 : 0;
        }

        return x;

        string[] Texts(string name, int i) => texts.GetValueOrDefault($"{name}{i}", []);
    }

    private static bool EncodeNumber(
        double value, bool isMissing, bool isLog, bool isClipped, double shift, double scale, double ifMissing, out double x)
    {
        x = ifMissing;
        if (isMissing)
            return true;
        value = isLog ? Transcendentals.Log1p(value) : value;
        if (!double.IsFinite(value))
            return false;
        var apart = value - shift;
        x = double.IsFinite(apart) ? apart / scale : (value / scale) - (shift / scale);
        if (isClipped)
        {
            var near = x > 1e9 ? 1e9 : x < -1e9 ? -1e9 : x;
            x = near / Math.Sqrt(1 + (near / 3 * (near / 3)));
        }

        return double.IsFinite(x);
    }

    private static void EncodeCategory(string text, bool isMissing, string[] names, int other, int ifMissing, Span<double> x)
    {
        var found = isMissing ? ifMissing : CategoryOf(text, names);
        if (!isMissing && found < 0)
            found = other;
        if (found >= 0)
            x[found] = 1;
    }

    private static bool IsMissing(string text, string[] names) => text.Length == 0 || CategoryOf(text, names) >= 0;

    private static int CategoryOf(string text, string[] names) => Array.IndexOf(names, text);

    private static double Decode<T>(T answer, int k, TargetEncoding target, Dictionary<string, double[]> arrays)
        where T : IBinaryFloatingPointIeee754<T>
    {
        var value = (double.CreateChecked(answer) * arrays["target_scale"][k]) + arrays["target_shift"][k];
        value = target.Log1p ? Transcendentals.Expm1(value) : value;
        return target.Low is null ? value
            : value < arrays["target_low"][k] ? arrays["target_low"][k]
            : value > arrays["target_high"][k] ? arrays["target_high"][k] : value;
    }

    private static T[] Apply<T>(IReadOnlyList<ExportStep> steps, int first, T[] x, Dictionary<string, double[]> arrays)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        var i = 0;
        for (; i < steps.Count && steps[i] is not ScaleStep; i++)
            x = Apply(steps[i], first + i, 0, x, arrays);
        if (i == steps.Count)
            return x;
        var (scale, sum) = ((ScaleStep)steps[i], new T[steps[^1].Width]);
        for (var member = 0; member < scale.Members; member++)
        {
            var y = new T[scale.Width];
            for (var j = 0; j < y.Length; j++)
                y[j] = x[j] * T.CreateTruncating(arrays[$"scales{first + i}"][(member * scale.Width) + j]);
            for (var next = i + 1; next < steps.Count - 1; next++)
                y = Apply(steps[next], first + next, member, y, arrays);
            for (var j = 0; j < sum.Length; j++)
                sum[j] = member > 0 ? sum[j] + y[j] : y[j];
        }

        return Array.ConvertAll(sum, value => value / T.CreateTruncating(scale.Members));
    }

    private static T[] Apply<T>(ExportStep step, int index, int member, T[] x, Dictionary<string, double[]> arrays)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T At(string name, int i) => T.CreateTruncating(arrays[$"{name}{index}"][i]);
        var y = new T[step.Width];
        switch (step)
        {
            case DenseStep dense:
                var (weights, own) = (arrays[$"weights{index}"], dense.Own > 1 ? member : 0);
                for (var k = 0; k < x.Length; k++)
                    for (var j = 0; j < y.Length; j++)
                        y[j] = T.FusedMultiplyAdd(x[k], T.CreateTruncating(weights[(((own * x.Length) + k) * y.Length) + j]), y[j]);
                for (var j = 0; dense.Bias is not null && j < y.Length; j++)
                    y[j] += At("bias", (own * y.Length) + j);
                return y;
            case ColumnNormalizationStep:
                for (var j = 0; j < y.Length; j++)
                    y[j] = T.FusedMultiplyAdd((x[j] - At("mean", j)) * At("inverse", j), At("factor", j), At("offset", j));
                return y;
            case RowNormalizationStep normalization:
                var mean = T.CreateTruncating(Tree(x.Select(double.CreateChecked), (lane, value) => lane + value) / y.Length);
                y = [.. x.Select(value => value - mean)];
                var variance = Tree(y.Select(double.CreateChecked), (lane, value) => double.FusedMultiplyAdd(value, value, lane)) / y.Length;
                var inverse = T.CreateTruncating(1 / Math.Sqrt(variance + normalization.Epsilon));
                return [.. y.Select((value, j) => T.FusedMultiplyAdd(value * inverse, At("factor", j), At("offset", j)))];
            case EmbeddingStep embedding:
                for (var p = 0; p < embedding.Parts.Count; p++)
                {
                    var part = embedding.Parts[p];
                    double[] ArrayOf(string name) => arrays[$"{name}{p}_{index}"];
                    Embed(part, x.AsSpan(part.From, part.Count), ArrayOf).CopyTo(y, part.To);
                }

                return y;
            case ActivationStep { Activation: SoftmaxSpec }:
                var most = x.Aggregate((a, b) => b > a ? b : a);
                y = [.. x.Select(value => Transcendentals.Exp(value - most))];
                var sum = Tree(y, (lane, value) => lane + value);
                return [.. y.Select(value => value / sum)];
            default:
                var activation = ((ActivationStep)step).Activation;
                return Array.ConvertAll(x, activation.Formula!.ValueAt);
        }
    }

    private static T[] Embed<T>(EmbeddingPart part, ReadOnlySpan<T> x, Func<string, double[]> arrayOf)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        T[] Numbers(string name) => Array.ConvertAll(arrayOf(name), T.CreateTruncating);
        T Turns(T one, T frequency) => one * frequency;
        var y = new T[part.Width];
        switch (part)
        {
            case PiecewisePart linear:
                var (edges, ofBins) = (Numbers("edges"), Numbers("bin_weights"));
                var (weights, bias) = (Numbers("weights"), Numbers("bias"));
                for (var i = 0; i < linear.Bins; i++)
                {
                    var code = (x[0] - edges[i]) / (edges[i + 1] - edges[i]);
                    code = i < linear.Bins - 1 && code > T.One ? T.One : i > 0 && code < T.Zero ? T.Zero : code;
                    for (var j = 0; j < y.Length; j++)
                        y[j] = T.FusedMultiplyAdd(code, ofBins[(i * y.Length) + j], y[j]);
                }

                for (var j = 0; j < y.Length; j++)
                    y[j] = ((x[0] * weights[j]) + bias[j]) + y[j];
                return y;
            case PeriodicPart:
                var one = x[0];
                var turns = Array.ConvertAll(Numbers("frequencies"), frequency => Turns(one, frequency));
                T[] waves = [.. turns.Select(turn => Transcendentals.SinPi(turn + turn)), .. turns.Select(turn => Transcendentals.CosPi(turn + turn))];
                var (matrix, added) = (Numbers("weights"), Numbers("bias"));
                for (var k = 0; k < waves.Length; k++)
                    for (var j = 0; j < y.Length; j++)
                        y[j] = T.FusedMultiplyAdd(waves[k], matrix[(k * y.Length) + j], y[j]);
                return [.. y.Zip(added, (sum, plus) => sum + plus <= T.Zero ? T.Zero : sum + plus)];
            case CosinePart:
                var (frequencies, phases, factors, offsets) = (Numbers("frequencies"), Numbers("phases"), Numbers("factor"), Numbers("offset"));
                y[0] = (x[0] * factors[0]) + offsets[0];
                for (var i = 1; i < y.Length; i++)
                {
                    var turn = Turns(x[0], frequencies[i - 1]) + phases[i - 1];
                    y[i] = (Transcendentals.CosPi(turn + turn) * factors[i]) + offsets[i];
                }

                return y;
            case CategoryPart:
                var table = Numbers("weights");
                for (var i = 0; i < x.Length; i++)
                    for (var j = 0; x[i] != T.Zero && j < y.Length; j++)
                        y[j] = T.FusedMultiplyAdd(x[i], table[(i * y.Length) + j], y[j]);
                return y;
            default:
                return x.ToArray();
        }
    }

    private static T Tree<T>(IEnumerable<T> values, Func<T, T, T> add)
        where T : INumber<T>
    {
        var lanes = new T[16];
        var at = 0;
        foreach (var value in values)
        {
            lanes[at % 16] = add(lanes[at % 16], value);
            at++;
        }

        for (var half = 8; half > 0; half /= 2)
            for (var i = 0; i < half; i++)
                lanes[i] += lanes[i + half];
        return lanes[0];
    }

    // At the start of a line, where no category's text can stand.
    [GeneratedRegex(@"^static const (double|float) (\w+)\[\d+\] = \{([^}]*)\};", RegexOptions.Multiline)]
    private static partial Regex Arrays();

    [GeneratedRegex(@"^static const char \*const (\w+)\[\d+\] = \{\n((?:    ""[^""\n]*"",\n)*)\};", RegexOptions.Multiline)]
    private static partial Regex TextArrays();
}
