using NnService.Benchmarks.Workloads;

namespace NnService.Benchmarks.Peers;

/// <summary>One line of the table: a workload run by two contenders in turn.</summary>
/// <param name="Workload">What both run.</param>
/// <param name="Subject">Whose speed is asked for.</param>
/// <param name="Against">The measure: the ratio is its seconds divided by the subject's.</param>
/// <param name="Target">What the ratio or the figure should be; null where nothing was promised.</param>
internal sealed record Comparison(Workload Workload, Contender Subject, Contender Against, Target? Target = null)
{
    /// <summary>All of them, with the targets this project has set itself.</summary>
    public static IReadOnlyList<Comparison> All { get; } = Build();

    /// <summary>Whether more than one thread works, so that time on processors says nothing.</summary>
    public bool IsOfThreads => Subject is Ours { Threads: > 1 };

    private static List<Comparison> Build()
    {
        Contender one = new Ours(1), two = new Ours(2);
        Contender torch = new PythonPeer("torch", "torch_peer.py", "torch");
        Contender numPy = new PythonPeer("NumPy", "numpy_peer.py", "numpy");
        Contender scikitLearn = new PythonPeer("scikit-learn", "sklearn_peer.py", "sklearn");
        Contender c = new CompiledPeer("C loop", "loop.c", "-lm");
        Contender fastC = new CompiledPeer("C loop with -ffast-math", "loop.c", "-ffast-math", "-lm");
        Contender fann = new CompiledPeer("FANN", "fann.c", "-ldoublefann", "-lm");
        var files = new Lazy<(string Network, string Row)>(() => Prediction.WriteFiles(Directory.CreateTempSubdirectory("peer").FullName));
        Contender onnxRuntime = new DotNetPeer("ONNX Runtime", "OnnxRuntimePeer", _ => [files.Value.Network, files.Value.Row]);
        Contender torchSharp = new DotNetPeer("TorchSharp", "TorchSharpPeer", _ => [MinibatchTraining.DigitsFile]);
        const double ToTheLoop = 1 / 1.6;
        return
        [
            Of("T1", one, fastC, Target.Ratio(ToTheLoop)),
            Of("T1", one, c, Target.Ratio(ToTheLoop)),
            Of("T1", one, fann, Target.Ratio(1)),
            Of("T1", one, numPy, Target.Ratio(200)),
            Of("T1", one, torch, Target.Ratio(1500)),
            Of("T1", one, torchSharp),
            Of("T2", one, fastC, Target.Ratio(ToTheLoop)),
            Of("T2", one, c),
            Of("T2", one, fann),
            Of("T2", one, numPy, Target.Ratio(140)),
            Of("T2", one, torch),
            Of("T2", one, torchSharp),
            Of("T3", one, numPy, Target.Ratio(4)),
            Of("T3", one, torch, Target.Ratio(16)),
            Of("T3", one, torchSharp),
            Of("T4-SGD", one, numPy),
            Of("T4-SGD", one, torch, Target.Ratio(2.2)),
            Of("T4-SGD", one, torchSharp),
            Of("T4-SGD", two, one, Target.Ratio(1.6)),
            Of("T4-Adam", one, numPy),
            Of("T4-Adam", one, torch, Target.Ratio(2.8)),
            Of("T4-Adam", one, torchSharp),
            Of("T4-Adam", two, one, Target.Ratio(1.7)),
            Of("T5", one, torch, Target.Ratio(1.4)),
            Of("T5", one, torchSharp),
            Of("T5", one, numPy),
            Of("T5", one, scikitLearn),
            Of("T5", one, new PeakOfCore(512), Target.Ratio(0.7)),
            Of("T5", one, new PeakOfCore(256)),
            Of("T5", two, one, Target.Ratio(1.75)),
            Of("T6", one, numPy),
            Of("T6", one, torch, Target.Ratio(2.5)),
            Of("T6", one, torchSharp),
            Of("P1", one, numPy),
            Of("P1", one, torch, Target.AtMost(4)),
            Of("P1", one, torchSharp),
            Of("P1", one, onnxRuntime),
            Of("P1-model", one, new Ours(1, "P1")),
            Of("P2", one, numPy),
            Of("P2", one, torch, Target.AtMost(1050)),
            Of("P2", one, torchSharp),
            Of("P2", one, onnxRuntime),
            Of("P2", two, one, Target.AtMost(600)),
            Of("P2-model", one, new Ours(1, "P2")),
        ];
    }

    private static Comparison Of(string workload, Contender subject, Contender against, Target? target = null) =>
        new(Workload.Find(workload)!, subject, against, target);
}

/// <summary>What a comparison should show.</summary>
/// <param name="Value">The bound.</param>
/// <param name="IsOfRatio">At least this ratio; otherwise at most this figure of the subject's.</param>
internal sealed record Target(double Value, bool IsOfRatio)
{
    public static Target Ratio(double least) => new(least, IsOfRatio: true);

    public static Target AtMost(double figure) => new(figure, IsOfRatio: false);

    public bool IsMet(double ratio, double figure) => IsOfRatio ? ratio >= Value : figure <= Value;
}
