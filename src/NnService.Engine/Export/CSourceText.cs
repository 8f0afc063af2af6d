using System.Text;
using NnService.Engine.Activations;
using NnService.Engine.Data.Encodings;

namespace NnService.Engine.Export;

/// <summary>
/// Writes the header and the source of a model in C99, which is GNU C and C++ as well. <c>$</c> stands for the model's prefix before every name that a file
/// has outside its functions, so that no name of a column, a model or a header can meet it; it becomes that prefix in the end.
/// </summary>
internal sealed class CSourceText(ExportSource source)
{
    private const int MostListed = 20;
    private const int RoomOfCalls = 1024; // of the functions that are called, with their lanes

    private readonly string _prefix = CNames.Prefix(source.Name);
    private readonly string _real = source.IsSingle ? "float" : "double";
    private readonly string _result = source.AnswersAreSingle ? "float" : "double";
    private readonly string _suffix = source.IsSingle ? "_f32" : "_f64";
    private readonly IReadOnlyList<string> _fields = CNames.Of(source.Inputs.Select(input => input.Name));
    private readonly IReadOnlyList<IReadOnlyList<ExportStep>> _parts = [.. source.Model.Parts.Select(ExportStep.Of)]; // numbered through in the file
    private readonly StringBuilder _text = new();

    private IReadOnlyList<ExportStep> Steps => [.. _parts.SelectMany(steps => steps)];

    private ModelDescription Description => source.Model.Description;

    private bool IsClassifier => Description.Target.Labels.Count > 0;

    private string Macro => _prefix.ToUpperInvariant();

    private int Results => source.ResultNames.Count;

    public string Header()
    {
        var fields = source.Inputs.Select((input, i) =>
            $"    {(input.IsText ? "const char *" : "double ")}$raw_{_fields[i]}; /* {CNames.Comment(input.Name)}{About(input)} */\n");
        var guard = $"{Macro}_MODEL_H";
        var answer = IsClassifier
            ? "The probability of each label goes to results; returns the index of the label in $names, "
                + (Description.Target.PositiveIndex is >= 0 and var positive
                    ? $"{positive} from a probability of {LabelRule.EvenThreshold} on"
                    : "the most probable one, the first of equals")
            : "The value of each target goes to results; returns 0";
        var refused = (Description.Features.Missing == MissingCells.Error ? "a value is missing, " : "")
            + (source.Inputs.Any(input => input.Log1p) ? "a number whose logarithm is taken is -1 or less, " : "")
            + (source.Inputs.Any(input => input.IsBoolean) ? "a boolean is neither 0 nor 1, " : "")
            + "a number or a result is too large";
        return Named($$"""
            /* {{CNames.Comment(source.Name)}}: a model of NnService, written as C99. manifest.json says where it comes from. */
            #ifndef {{guard}}
            #define {{guard}}

            #ifdef __cplusplus
            extern "C" {
            #endif

            #define {{Macro}}_RESULTS {{Results}}

            /* A row of raw values. Missing: NAN for a number, NULL or "" for a text. A text is UTF-8, and a category where it is the same byte by byte. */
            typedef struct $row {
            {{string.Concat(fields)}}} $row;

            /* {{(IsClassifier ? "Labels" : "Targets")}}, in the order of the results: {{Listed(source.ResultNames)}}. */
            extern const char *const $names[{{Results}}];

            /* {{answer}}; -1 and NAN where the model does not take the row: {{refused}}.
               A call takes about {{StackBytes}} bytes of the stack.
               For example:
                   {{_result}} results[{{Macro}}_RESULTS];
                   $row row = { 0 };
                   row.$raw_{{_fields[0]}} = {{(source.Inputs[0].IsText ? "\"a text\"" : "1.5")}}; (and so on: what is left 0 is the number 0, or a missing text)
                   int answer = $predict(&row, results); */
            int $predict(const $row *row, {{_result}} *results);

            #ifdef __cplusplus
            }
            #endif
            #endif

            """);
    }

    // The arrays of $predict and of the greatest answer, as they are declared there, and some room for what is called from them.
    private long StackBytes
    {
        get
        {
            long real = source.IsSingle ? sizeof(float) : sizeof(double);
            long result = source.AnswersAreSingle ? sizeof(float) : sizeof(double);
            long own = Description.Ensemble is null ? 0 : source.Model.Outputs * (result + sizeof(double));
            return RoomOfCalls + (Description.Features.Width * sizeof(double)) + (source.Model.Outputs * result) + own
                + _parts.Max(steps => real * ((2L * Widest(steps)) + Waves(steps) + (steps.OfType<ScaleStep>().SingleOrDefault() is { } scale ? scale.Width + steps[^1].Width : 0)));
        }
    }

    // Numbers that a step of a part takes or makes, at the most.
    private int Widest(IReadOnlyList<ExportStep> steps) => steps.Select(step => step.Width).Append(Description.Features.Width).Max();

    // Sines and cosines of a number, at the most.
    private static int Waves(IReadOnlyList<ExportStep> steps) => steps.OfType<EmbeddingStep>().SelectMany(step => step.Parts).OfType<PeriodicPart>()
        .Select(embedded => 2 * embedded.Frequencies.Length).Append(0).Max();

    // What a value may be.
    private static string About(ExportInput input) => input switch
    {
        { IsBoolean: true } => ", 0 or 1",
        { Meaning: { } meaning } => $": {meaning}",
        { IsText: true, Column.Categories: { Count: > 0 } categories } =>
            $": {Listed(categories)}; {(input.OtherCategory < 0 ? "any other is none of them" : "all others are one")}",
        _ => "",
    };

    private static string Listed(IReadOnlyList<string> names) => string.Join(", ", names.Take(MostListed).Select(CNames.Comment))
        + (names.Count > MostListed ? $" ... ({names.Count} in all)" : "");

    public string Source()
    {
        _text.Append($$"""
            /* {{CNames.Comment(source.Name)}}: a model of NnService, written as C99. manifest.json says where it comes from.
               Build:      cc -std=c99 -O3 -march=native -ffp-contract=off -c model.c        (link with -lm)
               Try it:     cc -std=c99 -O3 -march=native -ffp-contract=off -DMODEL_TEST model.c -lm -o model_test && ./model_test
               Without -march=native, or on a processor without FMA, every product is a call of fma: the same bits, many times as slow.
               The results have the bits of the service's own, as long as the compiler keeps to IEEE 754: no -ffast-math, no contraction, no x87. */
            #include "model.h"
            #include <math.h>
            #include <stdint.h>
            #include <string.h>

            #if defined(__clang__) || !defined(__GNUC__)
            #pragma STDC FP_CONTRACT OFF
            #endif
            #ifdef __GNUC__
            #pragma GCC diagnostic ignored "-Wunused-function"
            #pragma GCC diagnostic ignored "-Woverlength-strings"
            #endif


            """);
        WriteNames("const char *const $names", source.ResultNames);
        WriteConstants();
        _text.Append(CMath.Double);
        if (source.IsSingle)
            _text.Append(CMath.Single);
        _text.Append(Functions());
        WriteEncode();
        WritePredict();
        WriteTest();
        return Named(_text.ToString());
    }

    private string Named(string text) => text.Replace("$", $"{_prefix}_");

    private void WriteConstants()
    {
        WriteArray("shift", source.Inputs.Select(input => input.IsText ? 0 : input.Shift), isSingle: false);
        WriteArray("scale", source.Inputs.Select(input => input.IsText ? 1 : input.Scale), isSingle: false);
        WriteArray("missing", source.Inputs.Select(input => input.IsText ? 0 : input.Missing), isSingle: false);
        for (var i = 0; i < source.Inputs.Count; i++)
        {
            if (source.Inputs[i].Column.Categories.Count > 0)
                WriteNames($"static const char *const $categories{i}", source.Inputs[i].Column.Categories);
            if (source.Inputs[i].IsText && MissingTexts(source.Inputs[i]) is { Count: > 0 } texts)
                WriteNames($"static const char *const $missing_texts{i}", texts);
        }

        if (!IsClassifier)
        {
            WriteArray("target_scale", Description.Target.Scale, isSingle: false);
            WriteArray("target_shift", Description.Target.Shift, isSingle: false);
            if (Description.Target is { Low: { } low, High: { } high })
            {
                WriteArray("target_low", low, isSingle: false);
                WriteArray("target_high", high, isSingle: false);
            }
        }

        foreach (var (i, step) in Steps.Index())
            foreach (var (name, values) in ArraysOf(step))
                WriteArray($"{name}{i}", values, source.IsSingle);
    }

    // Without the empty one, which is missing whatever else is.
    private static List<string> MissingTexts(ExportInput input) => [.. input.MissingTexts.Where(text => text.Length > 0)];

    /// <summary>The arrays of a step; in the file each has the step's number behind its name.</summary>
    internal static IEnumerable<(string Name, double[] Values)> ArraysOf(ExportStep step) => step switch
    {
        DenseStep { Bias: { } bias } dense => [("weights", dense.Weights), ("bias", bias)],
        DenseStep dense => [("weights", dense.Weights)],
        ScaleStep scale => [("scales", scale.Scales)],
        ColumnNormalizationStep columns => [("mean", columns.Mean), ("inverse", columns.Inverse), ("factor", columns.Scale), ("offset", columns.Shift)],
        RowNormalizationStep row => [("factor", row.Scale), ("offset", row.Shift)],
        EmbeddingStep embedding => embedding.Parts.SelectMany((part, p) => part.Arrays.Select(array => ($"{array.Name}{p}_", array.Values))),
        _ => [],
    };

    // The loops of a step; sums over a row have 16 lanes and the tree of Kernels/Reductions.cs.
    private string Functions() => (CLayers.Text + string.Concat(Steps.Select(ActivationOf))).Replace("REAL", _real).Replace("_F", _suffix);

    // An activation as the function of one number that it says it is.
    private string ActivationOf(ExportStep step, int i) => step is not ActivationStep { Activation: { } activation } || activation is SoftmaxSpec ? ""
        : activation.Formula is { } formula ? $"static REAL $activation{i}(REAL z) {{ return {CExpression.Of(formula, source.IsSingle)}; }}\n\n"
        : throw new ExportException($"The C export has no function for the activation {activation.Type}; take json or safetensors.");

    private void WriteEncode()
    {
        _text.Append($"static int $encode(const $row *row, double *x)\n{{\n");
        for (var i = 0; i < source.Inputs.Count; i++)
        {
            var input = source.Inputs[i];
            var value = $"row->$raw_{_fields[i]}";
            var isMissing = input.IsText ? $"$is_missing({value}, {NamesOf("$missing_texts", i, MissingTexts(input).Count)})"
                : $"({string.Join(" || ", input.MissingNumbers.Select(number => $"{value} == {CNames.Number(number, isSingle: false)}").Prepend($"{value} != {value}"))})";
            if (Description.Features.Missing == MissingCells.Error)
                _text.Append($"    if ({isMissing})\n        return 0;\n");
            if (input.IsBoolean)
                _text.Append($"    if (!{isMissing} && {value} != 0 && {value} != 1)\n        return 0;\n");
            if (!input.IsText)
                _text.Append($"    if (!$encode_number({value}, {isMissing}, {(input.Log1p ? 1 : 0)}, {(input.Clip ? 1 : 0)}, ")
                    .Append($"$shift[{i}], $scale[{i}], $missing[{i}], x + {input.Offset}))\n")
                    .Append("        return 0;\n");
            else if (input.Values > 0)
                _text.Append($"    $encode_category({value}, {isMissing}, {NamesOf("$categories", i, input.Column.Categories.Count)}, ")
                    .Append($"{input.Values}, {input.OtherCategory}, {input.MissingCategory}, x + {input.Offset});\n");
            if (input.HasIndicator)
                _text.Append($"    x[{input.Offset + input.Values}] = {isMissing};\n");
        }

        _text.Append("    return 1;\n}\n\n");
    }

    private static string NamesOf(string array, int i, int count) => count > 0 ? $"{array}{i}, {count}" : "0, 0";

    private void WritePredict()
    {
        for (var (part, first) = (0, 0); part < _parts.Count; first += _parts[part].Count, part++)
            WriteAnswer(part, _parts[part], first);
        _text.Append($"static int $refuse({_result} *results)\n{{\n    int i;\n    for (i = 0; i < {Results}; i++)\n        results[i] = NAN;\n    return -1;\n}}\n\n");
        var (outputs, ensemble) = (source.Model.Outputs, Description.Ensemble);
        _text.Append($"int $predict(const $row *row, {_result} *results)\n{{\n    double encoded[{Description.Features.Width}];\n");
        _text.Append($"    {_result} x[{outputs}];\n    int i, best = 0;\n");
        if (ensemble is not null)
            _text.Append($"    {_result} own[{outputs}];\n    double sum[{outputs}] = {{ 0 }};\n");
        _text.Append("\n    if (!$encode(row, encoded))\n        return $refuse(results);\n");
        for (var part = 0; part < (ensemble?.Count ?? 0); part++)
            _text.Append($"    $answer{part}(encoded, own);\n    for (i = 0; i < {outputs}; i++)\n")
                .Append($"        sum[i] = sum[i] + {ensemble![part].Weight} * (double)own[i];\n");
        _text.Append(ensemble is null
            ? "    $answer0(encoded, x);\n"
            : $"    for (i = 0; i < {outputs}; i++)\n        x[i] = ({_result})(sum[i] / {Description.TotalWeight});\n");
        if (IsClassifier)
            WriteLabels();
        else
            _text.Append($"    for (i = 0; i < {Results}; i++)\n        results[i] = x[i];\n");
        _text.Append($"    for (i = 0; i < {Results}; i++)\n        if (results[i] - results[i] != 0)\n            return $refuse(results);\n    return best;\n}}\n\n");
    }

    // What one network answers: probabilities, or values in their own units.
    private void WriteAnswer(int part, IReadOnlyList<ExportStep> steps, int first)
    {
        var inputs = Description.Features.Width;
        var widest = Widest(steps);
        _text.Append($"static void $answer{part}(const double *encoded, {_result} *answers)\n{{\n");
        _text.Append($"    {_real} first[{widest}], second[{widest}], *x = first, *y = second, *spare;\n");
        if (Waves(steps) is > 0 and var waves)
            _text.Append($"    {_real} waves[{waves}];\n");
        _text.Append("    int i;\n");
        if (steps.OfType<ScaleStep>().SingleOrDefault() is { } scale)
            _text.Append($"    {_real} shared[{scale.Width}], mean[{steps[^1].Width}] = {{ 0 }};\n    int member;\n");
        _text.Append($"\n    for (i = 0; i < {inputs}; i++)\n        x[i] = ({_real})encoded[i];\n");
        for (var (i, indent) = (0, "    "); i < steps.Count; i++)
        {
            if (steps[i] is ScaleStep)
                indent = "        ";
            _text.Append(steps[i] switch
            {
                ScaleStep scaling => StartOfMembers(scaling, first + i),
                MeanStep mean => EndOfMembers(mean),
                _ => $"{indent}{CallOf(steps[i], first + i)}\n{indent}spare = x, x = y, y = spare;\n",
            });
        }

        _text.Append(IsClassifier ? $"    for (i = 0; i < {source.Model.Outputs}; i++)\n        answers[i] = x[i];\n" : Decoding());
        _text.Append("}\n\n");
    }

    private string Decoding() =>
        $"    for (i = 0; i < {Results}; i++) {{\n        double value = (double)x[i] * $target_scale[i];\n        value = value + $target_shift[i];\n"
        + (Description.Target.Log1p ? "        value = $expm1_f64(value);\n" : "")
        + (Description.Target.Low is null ? ""
            : "        value = value < $target_low[i] ? $target_low[i] : value > $target_high[i] ? $target_high[i] : value;\n")
        + $"        answers[i] = ({_result})value;\n    }}\n";

    private void WriteLabels()
    {
        var positive = Description.Target.PositiveIndex;
        _text.Append(source.Model.Outputs == 1
            ? $"    results[{positive}] = x[0];\n    results[{1 - positive}] = ({_real})(1 - (double)x[0]);\n"
            : $"    for (i = 0; i < {Results}; i++)\n        results[i] = x[i];\n");
        _text.Append(positive >= 0
            ? $"    best = results[{positive}] >= {CNames.Number(LabelRule.EvenThreshold, source.IsSingle)} ? {positive} : {1 - positive};\n"
            : $"    for (i = 1; i < {Results}; i++)\n        if (results[i] > results[best])\n            best = i;\n");
    }

    // Each member of an ensemble goes the rest of the way by itself.
    private static string StartOfMembers(ScaleStep scale, int i) =>
        $"    for (i = 0; i < {scale.Width}; i++)\n        shared[i] = x[i];\n"
        + $"    for (member = 0; member < {scale.Members}; member++) {{\n        $multiply(shared, {scale.Width}, $scales{i} + {scale.Width} * member, x);\n";

    private string EndOfMembers(MeanStep mean) =>
        $"        for (i = 0; i < {mean.Width}; i++)\n            mean[i] = member ? mean[i] + x[i] : x[i];\n    }}\n"
        + $"    for (i = 0; i < {mean.Width}; i++)\n        x[i] = mean[i] / {CNames.Number(mean.Members, source.IsSingle)};\n";

    private static string CallOf(ExportStep step, int i) => step switch
    {
        DenseStep { Own: > 1 } own => $"$dense(x, {own.Inputs}, $weights{i} + {own.Inputs * own.Width} * member, "
            + $"{(own.Bias is null ? "0" : $"$bias{i} + {own.Width} * member")}, {own.Width}, y);",
        DenseStep dense => $"$dense(x, {dense.Inputs}, $weights{i}, {(dense.Bias is null ? "0" : $"$bias{i}")}, {dense.Width}, y);",
        ColumnNormalizationStep => $"$normalize_columns(x, {step.Width}, $mean{i}, $inverse{i}, $factor{i}, $offset{i}, y);",
        RowNormalizationStep row => $"$normalize_row(x, {step.Width}, {CNames.Number(row.Epsilon, false)}, $factor{i}, $offset{i}, y);",
        EmbeddingStep embedding => string.Join("\n    ", embedding.Parts.Select((part, p) => CallOf(part, $"{p}_{i}"))),
        ActivationStep { Activation: SoftmaxSpec } => $"$softmax(x, {step.Width}, y);",
        ActivationStep => $"$map($activation{i}, x, {step.Width}, y);",
        _ => throw new ExportException("The C export has no words for one of the network's layers; take json or safetensors."),
    };

    private static string CallOf(EmbeddingPart part, string at)
    {
        var (one, some, y) = ($"x[{part.From}]", $"x + {part.From}", $"y + {part.To}");
        return part switch
        {
            PassedPart => $"$pass({some}, {part.Count}, {y});",
            PiecewisePart linear =>
                $"$piecewise_linear({one}, $edges{at}, {linear.Bins}, $weights{at}, $bias{at}, $bin_weights{at}, {part.Width}, {y});",
            PeriodicPart periodic =>
                $"$periodic({one}, $frequencies{at}, {periodic.Frequencies.Length}, $weights{at}, $bias{at}, {part.Width}, waves, {y});",
            CosinePart => $"$cosines({one}, $frequencies{at}, $phases{at}, {part.Width - 1}, $factor{at}, $offset{at}, {y});",
            CategoryPart => $"$embed_category({some}, {part.Count}, $weights{at}, {part.Width}, {y});",
            _ => throw new ExportException("The C export has no words for one of the network's embeddings; take json or safetensors."),
        };
    }

    private void WriteTest()
    {
        var rows = source.VectorRows.ToList();
        string Value(ExportInput input, int row)
        {
            var cell = source.Rows.Rows[row][input.ColumnIndex];
            return input.IsText ? CNames.Literal(ExportInput.TextOf(cell)) : CNames.Number(input.NumberOf(cell), false);
        }

        _text.Append($"#ifdef MODEL_TEST\n#include <stdio.h>\n\nint main(void)\n{{\n    static const $row rows[{rows.Count}] = {{\n");
        foreach (var row in rows)
            _text.Append($"        {{ {string.Join(", ", source.Inputs.Select(input => Value(input, row)))} }},\n");
        _text.Append($"    }};\n    static const {_result} expected[{rows.Count}][{Results}] = {{\n");
        foreach (var row in rows)
        {
            var values = source.Expected.Values.Skip(row * Results).Take(Results).Select(value => CNames.Number(value, source.AnswersAreSingle));
            _text.Append($"        {{ {string.Join(", ", values)} }},\n");
        }

        var labels = rows.Select(row => IsClassifier ? source.Expected.Labels[row] : 0);
        _text.Append($"    }};\n    static const int labels[{rows.Count}] = {{ {string.Join(", ", labels)} }};\n");
        _text.Append($$"""
                {{_result}} results[{{Results}}];
                double most = 0;
                int i, j, agree = 0;
                for (i = 0; i < {{rows.Count}}; i++) {
                    agree += $predict(&rows[i], results) == labels[i] && memcmp(results, expected[i], sizeof results) == 0;
                    for (j = 0; j < {{Results}}; j++)
                        if (!(fabs((double)results[j] - (double)expected[i][j]) <= most))
                            most = fabs((double)results[j] - (double)expected[i][j]);
                }
                printf("%d of {{rows.Count}} test vectors agree to the bit", agree);
                if (agree < {{rows.Count}})
                    printf("; the greatest difference is %g", most);
                printf("\n");
                return agree == {{rows.Count}} ? 0 : 1;
            }
            #endif

            """);
    }

    private void WriteArray(string name, IEnumerable<double> values, bool isSingle)
    {
        // C99 has no array of nothing, and no initializer of one.
        var numbers = values.DefaultIfEmpty(0).Select(value => CNames.Number(value, isSingle)).ToList();
        _text.Append($"static const {(isSingle ? "float" : "double")} ${name}[{numbers.Count}] = {{");
        for (var i = 0; i < numbers.Count; i++)
            _text.Append(i % 8 == 0 ? "\n    " : " ").Append(numbers[i]).Append(',');
        _text.Append("\n};\n");
    }

    private void WriteNames(string declaration, IReadOnlyList<string> names) =>
        _text.Append($"{declaration}[{names.Count}] = {{\n{string.Concat(names.Select(name => $"    {CNames.Literal(name)},\n"))}}};\n");
}
