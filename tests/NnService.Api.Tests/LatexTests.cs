using System.Diagnostics;
using System.Text.Json;

namespace NnService.Api.Tests;

/// <summary>The LaTeX of formula and trace: it compiles with the smallest installation, and nothing sticks out of the page.</summary>
[Collection(SharedService.Name)]
public sealed class LatexTests(TestService service)
{
    private const string Odd = "an odd [label], \\as ~somebody ^has $written {a whole sentence} into a_cell of `the` table--really";

    private static readonly string[] s_labels = ["snake_case", "100%", "a&b", "#1 é", "<=50K|>50K", "µg/m³ ≥ λ", "日本 😀 Ąę", Odd];

    private readonly Wire _wire = service.Wire;

    [ProgramFact("pdflatex", "texlive-latex-base")]
    public async Task A_tutorial_s_network_compiles()
    {
        await _wire.Post("models", """
            {"name":"latex-tutorial","features":["weight","height"],"target":"gender","labels":["M","F"],"precision":"float64",
             "preprocessing":{"columns":{"weight":{"shift":135},"height":{"shift":66,"scale":3.14159265358979} } },
             "network":{"layers":[
               {"type":"dense","activation":"sigmoid","weights":[[1,1],[1,1]],"bias":[0,0]},
               {"type":"dense","activation":"sigmoid","weights":[[1],[1]],"bias":[0]}]} }
            """);

        await Compiles("latex-tutorial", """{"row":[133,65],"target":"F","loss":"meanSquaredError"}""");
    }

    [ProgramFact("pdflatex", "texlive-latex-base")]
    public async Task Columns_and_labels_of_any_letters_compile()
    {
        await MakeOdd();

        await Compiles("latex-odd", """{"row":[1,-2,3,4,5e-8,6,7,8],"target":"100%"}""");
    }

    [ProgramFact("pdflatex", "texlive-latex-base")]
    public async Task Every_layer_and_activation_and_wide_sums_compile()
    {
        await _wire.Upload("latex-penguins", "penguins.csv");
        var activations = (await _wire.Get("catalogue")).Json["activations"]!.AsArray()
            .Select(activation => (string)activation!["type"]!).Where(type => type != "softmax").ToList();
        Assert.Contains("gelu", activations);
        var layers = string.Concat(activations.Select(activation => $$"""{"type":"dense","units":3,"activation":"{{activation}}"},"""));
        await _wire.Train($$"""
            {"dataset":"latex-penguins","target":"species","epochs":1,"model":"latex-penguins","network":{"layers":[
              {"type":"dense","units":9,"activation":"relu"},{"type":"batchNormalization"},{"type":"layerNormalization"},{"type":"dropout","rate":0.2},{{layers}}
              {"type":"dense","units":1},{"type":"dense","units":1},{"type":"dense","units":1},{"type":"dense","units":1},{"type":"dense","units":1},{"type":"dense","activation":"softmax"}]} }
            """);
        await _wire.Post("models", $$"""
            {"name":"latex-wide","labels":{{Json(Enumerable.Range(1, 12).Select(i => $"label {i}"))}},
             "network":{"layers":[{"type":"dense","activation":"softmax","weights":[[{{string.Join(',', Enumerable.Range(1, 12).Select(i => $"-0.{i}2345678"))}}]],"bias":[1,2,3,4,5,6,7,8,9,10,11,12]}]} }
            """);

        await Compiles("latex-penguins", """{"row":["Torgersen",39.1,18.7,181,null,"male",2007],"target":"Adelie"}""");
        await Compiles("latex-wide", """{"row":[1],"target":"label 3"}""");
    }

    [Fact]
    public async Task Letters_that_LaTeX_lacks_are_named_by_number_and_signs_escaped()
    {
        await MakeOdd();

        var formula = (await _wire.Get("models/latex-odd/formula", ("Accept", "text/x-latex"))).Text;

        Assert.Contains(@"P(\text{kind} = \text{snake\_case}) &= y_{1}", formula, StringComparison.Ordinal);
        Assert.Contains(@"\text{\#1 é}", formula, StringComparison.Ordinal);
        Assert.Contains(@"\text{\textless{}=50K\textbar{}\textgreater{}50K}", formula, StringComparison.Ordinal);
        Assert.Contains(@"\text{\ensuremath{\mu}g/m\ensuremath{^3} \ensuremath{\geq} \ensuremath{\lambda}}", formula, StringComparison.Ordinal);
        Assert.Contains(@"\text{U+65E5U+672C U+1F600 U+0104U+0119}", formula, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_wide_equation_is_broken_in_front_of_its_terms()
    {
        await MakeOdd();

        var trace = (await _wire.Post("models/latex-odd/trace", """{"row":[0.1234567,-0.1234567,0.1234567,-0.1234567,0.1234567,1,1,1],"target":"100%"}""",
            ("Accept", "text/x-latex"))).Text;

        Assert.Contains(
            "\n&= 0.111111 \\cdot 0.123457 + 0.111111 \\cdot (-0.123457) + 0.111111 \\cdot 0.123457 \\\\\n&\\quad {} + 0.111111 \\cdot (-0.123457) + 0.111111 "
                + "\\cdot 0.123457",
            trace,
            StringComparison.Ordinal);
    }

    private Task<Answer> MakeOdd() => _wire.Post("models", $$"""
        {"name":"latex-odd","target":"kind","labels":{{Json(s_labels)}},"features":{{Json(s_labels.Select(label => $"x {label}"))}},"precision":"float64",
         "network":{"layers":[{"type":"dense","activation":"softmax","weights":[{{string.Join(',', Enumerable.Repeat("[0.111111,2,-3,4e-7,0,6,7,8]", 8))}}],"bias":[0,1,2,3,4,5,6,7]}]} }
        """);

    private static string Json(IEnumerable<string> texts) => JsonSerializer.Serialize(texts);

    private async Task Compiles(string model, string traced)
    {
        var formula = await _wire.Get($"models/{model}/formula", ("Accept", "text/x-latex"));
        var trace = await _wire.Post($"models/{model}/trace", traced, ("Accept", "text/x-latex"));
        Assert.Equal(("text/x-latex", "text/x-latex"), (formula.ContentType, trace.ContentType));
        foreach (var document in (string[])[formula.Text, trace.Text])
        {
            var folder = Directory.CreateTempSubdirectory("nnservice-");
            try
            {
                await File.WriteAllTextAsync(Path.Combine(folder.FullName, "page.tex"), document);
                using var latex = Process.Start(
                    new ProcessStartInfo("pdflatex", ["-interaction=nonstopmode", "-halt-on-error", "page.tex"])
                    {
                        WorkingDirectory = folder.FullName,
                        RedirectStandardOutput = true
                    })!;
                var says = await latex.StandardOutput.ReadToEndAsync();
                await latex.WaitForExitAsync();
                Assert.True(latex.ExitCode == 0, $"{model}: {says}");
                Assert.DoesNotContain("Overfull", says, StringComparison.Ordinal);
                Assert.DoesNotContain("Missing character", await File.ReadAllTextAsync(Path.Combine(folder.FullName, "page.log")), StringComparison.Ordinal);
            }
            finally
            {
                folder.Delete(recursive: true);
            }
        }
    }
}
