using System.ComponentModel;
using System.Diagnostics;

namespace NnService.Tests;

/// <summary>Programs that are none of ours and judge what we write: a C compiler, ONNX's checker, ONNX Runtime.</summary>
internal static class ForeignTools
{
    private static readonly Lazy<string?> s_python =
        new(() => new[] { "python3", "/usr/bin/python3" }.FirstOrDefault(python => Works(python, "-c", "import onnx")));
    private static readonly Lazy<bool> s_gcc = new(() => Works("gcc", "--version"));
    private static readonly Lazy<bool> s_gpp = new(() => Works("g++", "--version"));
    private static readonly Lazy<bool> s_runtime = new(() => Works("node", "-e", "require('onnxruntime-node')"));

    private static readonly string[] s_strict =
        ["-Wall", "-Wextra", "-Wpedantic", "-Wconversion", "-Wsign-conversion", "-Wdouble-promotion", "-Wshadow", "-Werror"];

    /// <summary>Why a test that needs gcc cannot run here; null where it can.</summary>
    public static string? NoGcc => s_gcc.Value ? null : "gcc is not installed (apt-get install gcc).";

    /// <summary>Why a test that needs gcc and g++ cannot run here; null where it can.</summary>
    public static string? NoCompilers => s_gcc.Value && s_gpp.Value ? null : "gcc or g++ is not installed (apt-get install gcc g++).";

    /// <summary>The languages that a written source has to be valid in.</summary>
    public static IReadOnlyList<string> Languages { get; } = ["c99", "gnu11", "gnu17", "c++20"];

    /// <summary>Why a test that needs ONNX Runtime and ONNX's checker cannot run here; null where it can.</summary>
    public static string? NoOnnx =>
        !s_runtime.Value ? "node with onnxruntime-node is not there (npm install onnxruntime-node, and its folder node_modules in NODE_PATH)."
        : s_python.Value is null ? "Python's onnx is not installed (apt-get install python3-onnx)."
        : null;

    /// <summary>Compiles C99 with every warning an error and the engine's arithmetic, and returns what the program prints.</summary>
    public static string CompileAndRun(string folder, string source, params string[] options)
    {
        Run(folder, "gcc", ["-std=c99", "-Wall", "-Wextra", "-Wpedantic", "-Werror", "-O2", "-ffp-contract=off", .. options, source, "-lm", "-o", "program"]);
        return Run(folder, Path.Combine(folder, "program"));
    }

    /// <summary>Compiles one of <see cref="Languages"/> with the strictest warnings as errors, and returns what the program prints.</summary>
    public static string CompileStrictlyAndRun(string folder, string language, params string[] arguments)
    {
        Run(
            folder,
            language.StartsWith("c++", StringComparison.Ordinal) ? "g++" : "gcc",
            [$"-std={language}", .. s_strict, "-O1", "-ffp-contract=off", .. arguments, "-lm", "-o", "program"]);
        return Run(folder, Path.Combine(folder, "program"));
    }

    /// <summary>Fails unless ONNX's checker takes the model, shapes and types included.</summary>
    public static void CheckOnnx(string folder, string model) =>
        Run(folder, s_python.Value!, "-c", "import onnx, sys; onnx.checker.check_model(onnx.load(sys.argv[1]), full_check=True)", model);

    /// <summary>Runs a model on {name: [values]} in a JSON file, null for NaN, and returns its outputs as JSON: {name: [values]}, row by row.</summary>
    public static string RunOnnx(string folder, string model, string inputs)
    {
        const string Script = """
            const ort = require('onnxruntime-node'), fs = require('fs');
            (async () => {
              const session = await ort.InferenceSession.create(process.argv[1]);
              const feeds = {};
              for (const [name, values] of Object.entries(JSON.parse(fs.readFileSync(process.argv[2]))))
                feeds[name] = values.every(value => typeof value === 'string')
                  ? new ort.Tensor('string', values, [values.length, 1])
                  : new ort.Tensor('float64', Float64Array.from(values, value => value === null ? NaN : value), [values.length, 1]);
              const outputs = await session.run(feeds);
              console.log(JSON.stringify(Object.fromEntries(Object.entries(outputs).map(([name, tensor]) => [name, Array.from(tensor.data)]))));
            })().catch(error => { console.error(error); process.exit(1); });
            """;
        return Run(folder, "node", "-e", Script, model, inputs);
    }

    /// <summary>A folder that goes with the using.</summary>
    public static TemporaryFolder NewFolder() => new();

    private static bool Works(string program, params string[] arguments)
    {
        try
        {
            return Start(Path.GetTempPath(), program, arguments).ExitCode == 0;
        }
        catch (Win32Exception)
        {
            return false;
        }
    }

    private static string Run(string folder, string program, params string[] arguments)
    {
        var (exitCode, output, error) = Start(folder, program, arguments);
        Assert.True(exitCode == 0, $"{Path.GetFileName(program)} ended with {exitCode}: {error}{output}");
        return output;
    }

    private static (int ExitCode, string Output, string Error) Start(string folder, string program, string[] arguments)
    {
        using var process = Process.Start(
            new ProcessStartInfo(program, arguments) { WorkingDirectory = folder, RedirectStandardOutput = true, RedirectStandardError = true })!;
        var error = process.StandardError.ReadToEndAsync();
        var output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output, error.Result);
    }
}

/// <summary>A folder for the files of one test.</summary>
internal sealed class TemporaryFolder : IDisposable
{
    public string Path { get; } = Directory.CreateTempSubdirectory("nnservice-").FullName;

    public string Write(string name, byte[] bytes)
    {
        var path = System.IO.Path.Combine(Path, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public string Write(string name, string text) => Write(name, System.Text.Encoding.UTF8.GetBytes(text));

    public void Dispose() => Directory.Delete(Path, recursive: true);
}

/// <summary>A test that needs gcc.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GccTheoryAttribute : TheoryAttribute
{
    public GccTheoryAttribute() => Skip = ForeignTools.NoGcc;
}

/// <summary>A test that needs gcc and g++.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CompilersTheoryAttribute : TheoryAttribute
{
    public CompilersTheoryAttribute() => Skip = ForeignTools.NoCompilers;
}

/// <inheritdoc cref="CompilersTheoryAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class CompilersFactAttribute : FactAttribute
{
    public CompilersFactAttribute() => Skip = ForeignTools.NoCompilers;
}

/// <summary>A test that needs ONNX Runtime.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnnxTheoryAttribute : TheoryAttribute
{
    public OnnxTheoryAttribute() => Skip = ForeignTools.NoOnnx;
}

/// <inheritdoc cref="GccTheoryAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class GccFactAttribute : FactAttribute
{
    public GccFactAttribute() => Skip = ForeignTools.NoGcc;
}

/// <inheritdoc cref="OnnxTheoryAttribute"/>
[AttributeUsage(AttributeTargets.Method)]
public sealed class OnnxFactAttribute : FactAttribute
{
    public OnnxFactAttribute() => Skip = ForeignTools.NoOnnx;
}
