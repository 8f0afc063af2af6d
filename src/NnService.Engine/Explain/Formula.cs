using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Explain;

/// <summary>A whole model as equations: raw columns to inputs, inputs to outputs, outputs to answers.</summary>
public static class Formula
{
    /// <summary>Nobody reads a formula with more parameters than this.</summary>
    public const int MostParameters = 500;

    // A sum of more terms is written in a line, where it can be broken, and not as a side of a fraction.
    private const int WideFraction = 8;

    /// <summary>The equations in the order in which they are computed; empty notation parts them into inputs, layers, answers and functions.</summary>
    public static IReadOnlyList<Notation> Of(TrainedModel model)
    {
        ArgumentNullException.ThrowIfNull(model);
        var (description, isSingle) = (model.Description, model.Description.Precision == Precision.Float32);
        var answering = new AnsweringNetwork(model, description.Link);
        var outputs = answering.Network.Outputs;
        var letter = OutputLetter(description.Target, outputs);
        var chains = ChainsOf(answering, letter);
        var inputs = InputLetter(description.Features);
        foreach (var chain in chains)
            chain.Stages[0].InputSymbol = input => $"{inputs}{input + 1}";
        List<Notation> lines = [.. description.Features.Columns.SelectMany(column => InputFormula.Of(column, inputs))];
        var layers = description.Network.Layers.Count;
        ActivationSpec[] used = [.. description.Network.Layers.OfType<Layers.DenseSpec>().Select(layer => layer.Activation), answering.LinkActivation];
        if (chains[0].Stages.OfType<EmbeddingStage>().Any(stage => stage.Functions.Contains(EmbeddedFunction.Relu)))
            used = [new ReluSpec(), .. used];
        var names = ActivationFormula.Names(used);
        foreach (var (member, stage) in chains.SelectMany((chain, member) => chain.Stages.Select(stage => (member, stage))))
        {
            if (lines.Count > 0)
                lines.Add(default);
            lines.AddRange(LayerLines(stage, (member * layers) + stage.Layer, isSingle, names));
        }

        string Output(int k) => OutputName(letter, outputs, k);
        lines.Add(default);
        for (var k = 0; k < outputs && chains.Count > 1; k++)
            lines.Add(Equal(Notation.Symbol(Output(k)), MeanOf(chains.Select(chain => Notation.Symbol(chain.Last.Symbol(k))))));
        lines.AddRange(AnswerLines(description, outputs, Output));
        List<Notation> functions = [.. used.Distinct().Select(activation => ActivationFormula.Of(activation, names[activation])).OfType<Notation>()];
        return functions.Count == 0 ? lines : [.. lines, default, .. functions];
    }

    // x, but where a column is called as an input would be that it is not.
    private static char InputLetter(FeatureEncoding features) => "xuvpq".FirstOrDefault(letter => IsFree(features, letter), 'x');

    private static bool IsFree(FeatureEncoding features, char letter)
    {
        var symbols = Enumerable.Range(1, features.Width).Select(i => $"{letter}{i}").ToHashSet();
        return !features.Columns.Any(column => symbols.Contains(column.Name) && InputFormula.Of(column, letter).Any());
    }

    // y, but where a target is called as an output would be: y = y says nothing.
    private static char OutputLetter(TargetEncoding target, int outputs) =>
        Enumerable.Range(0, outputs).Any(k => target.Columns.Contains(OutputName('y', outputs, k))) ? 'ŷ' : 'y';

    private static string OutputName(char letter, int outputs, int k) => outputs == 1 ? $"{letter}" : $"{letter}{k + 1}";

    // One for each member of an ensemble, whose units are numbered through.
    private static List<StageChain> ChainsOf(AnsweringNetwork answering, char outputs)
    {
        if (answering.Network.Members == 1)
            return [new StageChain(answering, outputs: outputs)];
        var counts = new Dictionary<char, int>();
        return [.. Enumerable.Range(0, answering.Network.Members).Select(member => new StageChain(answering, member, counts))];
    }

    private static Notation MeanOf(IEnumerable<Notation> terms)
    {
        var all = terms.ToList();
        var (sum, count) = (Notation.Sum(all), Notation.Number(all.Count));
        var quotient = Notation.Quotient(sum, count);
        return all.Count <= WideFraction ? quotient : quotient with { Latex = $"\\frac{{1}}{{{count.Latex}}} \\bigl({sum.Latex}\\bigr)" };
    }

    // The number tells the statistics of a row from those of other layers and other members.
    private static IEnumerable<Notation> LayerLines(Stage stage, int number, bool isSingle, IReadOnlyDictionary<ActivationSpec, string> names)
    {
        var rowStatistics = stage is NormalizationStage { IsOfRow: true };
        if (rowStatistics)
            foreach (var line in RowStatistics(stage, number))
                yield return line;
        for (var unit = 0; unit < stage.Outputs; unit++)
        {
            var terms = stage.TermsOf(unit);
            var normalized = stage is NormalizationStage normalization ? Normalized(normalization, number, unit, isSingle) : (Notation?)null;
            var parts = terms.Inputs.Select((_, i) =>
                Notation.Product(Notation.Number(terms.Weights[i], isSingle), normalized ?? Notation.Symbol(terms.InputSymbols[i])));
            var sum = Notation.Sum(terms.Bias is { } bias && bias != 0 ? parts.Append(Notation.Number(bias, isSingle)) : parts);
            yield return stage.IsSoftmax ? Equal(Notation.Symbol(stage.SumSymbol(unit)), sum)
                : stage is EmbeddingStage embedding ? Equal(Notation.Symbol(stage.Symbol(unit)), embedding.Applied(unit, sum))
                : Equal(Notation.Symbol(stage.Symbol(unit)), stage.Function is LinearSpec ? sum : Notation.Call(names[stage.Function], sum));
        }

        for (var unit = 0; stage.IsSoftmax && unit < stage.Outputs; unit++)
        {
            var powers = Enumerable.Range(0, stage.Outputs).Select(k => Power(stage.SumSymbol(k)));
            var total = Notation.Sum(powers);
            var power = Power(stage.SumSymbol(unit));
            var share = Notation.Quotient(power, new($"({total.Text})", total.Latex), isSimple: true);
            yield return Equal(
                Notation.Symbol(stage.Symbol(unit)),
                stage.Outputs <= WideFraction ? share : share with { Latex = $"{power.Latex} / \\bigl({total.Latex}\\bigr)" });
        }
    }

    private static Notation Power(string symbol) => new($"e^{symbol}", $"e^{{{Notation.Symbol(symbol).Latex}}}");

    private static Notation Normalized(NormalizationStage stage, int number, int unit, bool isSingle)
    {
        var (at, x) = (stage.NormalizationOf(unit), Notation.Symbol(stage.InputSymbol(unit)));
        var (mean, variance) = stage.IsOfRow
            ? (Notation.Symbol($"μ{number}"), Notation.Symbol($"v{number}"))
            : (Notation.Number(at.Mean, isSingle).AsFactor(), Notation.Number(at.Variance, isSingle));
        var epsilon = Notation.Number(at.Epsilon);
        return new(
            $"(({x.Text} - {mean.Text}) / √({variance.Text} + {epsilon.Text}))",
            $"\\frac{{{x.Latex} - {mean.Latex}}}{{\\sqrt{{{variance.Latex} + {epsilon.Latex}}}}}");
    }

    private static IEnumerable<Notation> RowStatistics(Stage stage, int number)
    {
        var inputs = Enumerable.Range(0, stage.Outputs).Select(i => Notation.Symbol(stage.InputSymbol(i))).ToList();
        var mean = Notation.Symbol($"μ{number}");
        yield return Equal(mean, MeanOf(inputs));
        yield return Equal(
            Notation.Symbol($"v{number}"), MeanOf(inputs.Select(x => new Notation($"({x.Text} - {mean.Text})²", $"({x.Latex} - {mean.Latex})^2"))));

    }

    private static IEnumerable<Notation> AnswerLines(ModelDescription description, int outputs, Func<int, string> output)
    {
        var target = description.Target;
        for (var k = 0; k < outputs; k++)
        {
            var y = Notation.Symbol(output(k));
            if (target.Task == TaskKind.Regression)
                yield return Equal(Notation.Word(target.Columns[k]), Decoded(target, k, y));
            else if (outputs > 1)
                yield return Probability(target.Columns[0], target.Labels[k], y);
        }

        if (target.Task == TaskKind.Regression || outputs > 1)
            yield break;
        var one = Notation.Symbol(output(0));
        yield return Probability(target.Columns[0], target.Labels[target.PositiveIndex], one);
        yield return Probability(target.Columns[0], target.Labels[1 - target.PositiveIndex], new($"1 - {one.Text}", $"1 - {one.Latex}"));
    }

    private static Notation Decoded(TargetEncoding target, int k, Notation y)
    {
        var parts = Notation.Product(Notation.Number(target.Scale[k]), y);
        var sum = target.Shift[k] == 0 ? parts : Notation.Sum(parts, Notation.Number(target.Shift[k]));
        var free = target.Log1p ? new($"e^({sum.Text}) - 1", $"e^{{{sum.Latex}}} - 1") : sum;
        if (target.Low is null || target.High is null)
            return free;
        var (low, high) = (Notation.Number(target.Low[k]), Notation.Number(target.High[k]));
        return new($"min(max({free.Text}, {low.Text}), {high.Text})", $"\\min\\bigl(\\max({free.Latex}, {low.Latex}), {high.Latex}\\bigr)");
    }

    private static Notation Probability(string column, string label, Notation value) =>
        Equal(new($"P({column} = {label})", $"P({Notation.TextInMath(column)} = {Notation.TextInMath(label)})"), value);

    internal static Notation Equal(Notation left, Notation right) => new($"{left.Text} = {right.Text}", $"{left.Latex} &= {right.Latex}");
}
