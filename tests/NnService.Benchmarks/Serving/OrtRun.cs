namespace NnService.Benchmarks.Serving;

/// <summary>An input and an output for one row, made once; for one thread at a time.</summary>
internal sealed unsafe class OrtRun
{
    private readonly OrtSession _session;
    private readonly float[] _input;
    private readonly float[] _output;
    private readonly void* _from;
    private readonly void* _to;

    public OrtRun(OrtSession session, int inputs, int outputs)
    {
        _session = session;
        _input = GC.AllocateArray<float>(inputs, pinned: true);
        _output = GC.AllocateArray<float>(outputs, pinned: true);
        fixed (float* from = _input, to = _output)
        {
            _from = session.Tensor(from, inputs);
            _to = session.Tensor(to, outputs);
        }
    }

    public Span<float> Input => _input;

    public ReadOnlySpan<float> Output => _output;

    /// <summary>Computes the output of the input.</summary>
    public void Run() => _session.Run(_from, _to);
}
