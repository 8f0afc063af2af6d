using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using NnService.Engine.Kernels;
using NnService.Engine.Layers;
using NnService.Engine.Losses;
using NnService.Engine.Optimizers;

namespace NnService.Engine.Training;

/// <summary>
/// The training steps of an ensemble: the mean of the members' losses, and its gradient. The members are divided into parts that different threads may take;
/// a part takes its members by the wave, as many at once as keep their numbers in the cache: forwards, loss, backwards.
/// </summary>
/// <remarks>
/// Each part has a gradient of its own, to which its waves add, and these are added up in the order of the parts: see <see cref="EnsembleDivision"/>. Of a
/// single part the threads share the products.
/// </remarks>
internal sealed unsafe class TrainableEnsemble<T> : ITrainableNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly Network<T> _network;
    private readonly T[] _state;
    private readonly TrainerOptions _options;
    private readonly Team? _team;
    private readonly Part[] _parts;
    private readonly double[] _sums; // of the rows' losses, for each member
    private readonly AlignedVector<T> _gradient;
    private readonly Workspace<T>? _front; // of the layers before the members part; null: there are none
    private readonly int _width; // numbers of a row where they part

    // The step under way.
    private Loss<T> _loss = null!;
    private T _scale;
    private long _step;
    private int _rows;
    private T* _inputs;
    private T* _targets;
    private T* _weights;
    private bool _hasWeights;

    /// <param name="network">The network.</param>
    /// <param name="state">Its untrained state, [StateCount].</param>
    /// <param name="mostRows">Rows of the largest minibatch.</param>
    /// <param name="options">Says what chance is drawn from, and whether gradients are clipped.</param>
    /// <param name="team">Threads to share the work with; null for the caller's alone.</param>
    public TrainableEnsemble(Network<T> network, T[] state, int mostRows, TrainerOptions options, Team? team)
    {
        (_network, _state, _options, _team) = (network, state, options, team);
        (Parameters, _gradient, _sums) = (new(network.ParameterCount), new(network.ParameterCount), new double[network.Members]);
        _width = network.Layers[network.FirstMemberLayer].Inputs;
        _front = network.FirstMemberLayer > 0 ? new Workspace<T>(network, mostRows, forTraining: true, members: 0, fromLayer: 0) : null;
        var division = EnsembleDivision.Of(network.Members, network.LeastBatchSize, mostRows);
        _parts = new Part[division.Parts];
        for (var i = 0; i < _parts.Length; i++)
        {
            var (first, end) = (i * network.Members / _parts.Length, (i + 1) * network.Members / _parts.Length);
            var wave = Math.Min(division.Wave, end - first);
            _parts[i] = new Part
            {
                Members = new MemberRange(first, end - first),
                Wave = wave,
                Workspace = new Workspace<T>(network, mostRows, forTraining: true, wave, network.FirstMemberLayer),
                OutputGradient = new T[mostRows * wave * network.Outputs],
                Gradient = _parts.Length == 1 ? _gradient : new(network.ParameterCount),
                FrontGradient = new T[_front is null ? 0 : mostRows * _width],
            };
        }
    }

    public int OptimizedCount => _network.ParameterCount;

    public AlignedVector<T> Parameters { get; }

    public ReadOnlySpan<T> Gradient => _gradient;

    public void Load()
    {
        // Parameters are where everybody reads and writes them.
    }

    public double Learn(scoped in Minibatch<T> batch, int rows, long step, Loss<T> loss, double scale, out bool gradientIsFinite)
    {
        gradientIsFinite = true;
        var input = batch.Inputs;
        if (_front is not null)
            input = _network.Forward(_front, PassOf(input, rows, step, _team), 0, _network.FirstMemberLayer);
        (_loss, _scale, _step, _rows) = (loss, T.CreateChecked(scale / _network.Members), step, rows);
        fixed (T* inputs = input, targets = batch.Targets, weights = batch.Weights)
        {
            _inputs = inputs;
            _targets = targets;
            _weights = weights;
            _hasWeights = !batch.Weights.IsEmpty;
            RunParts();
        }

        var sum = 0.0;
        foreach (var ofMember in _sums)
            sum += ofMember;
        sum /= _network.Members;
        if (!double.IsFinite(sum))
            return sum;
        for (var i = 1; i < _parts.Length; i++)
            Elementwise.Map<T, Sum>(i == 1 ? _parts[0].Gradient : _gradient, _parts[i].Gradient, _gradient);
        if (_front is not null)
            LearnFront(PassOf(batch.Inputs, rows, step, _team));
        gradientIsFinite = _options.GradientClipNorm is not { } most || GradientClipping.Clip<T>(_gradient, most);
        return sum;
    }

    public void Update(Optimizer<T> optimizer, double learningRate) => optimizer.Step(Parameters, _gradient, learningRate);

    public bool AllFinite() => Reductions.AllFinite<T>(Parameters);

    public Workspace<T> LayerOutputs(ReadOnlySpan<T> inputs, int rows)
    {
        var workspace = new Workspace<T>(_network, rows, forTraining: false);
        _network.Forward(workspace, new NetworkPass<T> { Input = inputs, Rows = rows, Parameters = Parameters, State = _state });
        return workspace;
    }

    private void RunParts()
    {
        if (_team is null || _parts.Length == 1)
        {
            for (var i = 0; i < _parts.Length; i++)
                RunPart(i);
            return;
        }

        var self = GCHandle.Alloc(this);
        try
        {
            var work = new Work(GCHandle.ToIntPtr(self));
            _team.Run(ref work, _parts.Length);
        }
        finally
        {
            self.Free();
        }
    }

    private void RunPart(int index)
    {
        var part = _parts[index];
        var outputs = _network.Outputs;
        var targets = new ReadOnlySpan<T>(_targets, _rows * outputs);
        var weights = new ReadOnlySpan<T>(_weights, _hasWeights ? _rows : 0);
        for (var done = 0; done < part.Members.Count; done += part.Wave)
        {
            var members = new MemberRange(part.Members.First + done, Math.Min(part.Wave, part.Members.Count - done));
            var pass = PassOf(new ReadOnlySpan<T>(_inputs, _rows * _width), _rows, _step, _parts.Length == 1 ? _team : null, members, done > 0);
            var output = _network.Forward(part.Workspace, pass, _network.FirstMemberLayer, _network.Layers.Count);
            var gradient = part.OutputGradient.AsSpan(0, output.Length);
            var (length, isFinite) = (_rows * outputs, true);
            for (var i = 0; i < members.Count; i++)
            {
                var sum = _loss.SumAndGradient(output.Slice(i * length, length), targets, weights, outputs, _scale, gradient.Slice(i * length, length));
                _sums[members.First + i] = sum;
                isFinite &= double.IsFinite(sum);
            }

            if (isFinite)
                _network.Backward(
                    part.Workspace, pass, _network.FirstMemberLayer, _network.Layers.Count, gradient, part.Gradient,
                    part.FrontGradient.AsSpan(0, _front is null ? 0 : _rows * _width));
        }
    }

    private void LearnFront(scoped in NetworkPass<T> pass)
    {
        var gradient = _parts[0].FrontGradient.AsSpan(0, pass.Rows * _width);
        foreach (var part in _parts.AsSpan(1))
            Elementwise.Map<T, Sum>(gradient, part.FrontGradient.AsSpan(0, gradient.Length), gradient);
        _network.Backward(_front!, pass, 0, _network.FirstMemberLayer, gradient, _gradient, default);
    }

    private NetworkPass<T> PassOf(ReadOnlySpan<T> input, int rows, long step, Team? team, MemberRange? members = null, bool accumulates = false) => new()
    {
        Input = input,
        Rows = rows,
        Members = members,
        Accumulates = accumulates,
        Parameters = Parameters,
        State = _state,
        Training = true,
        Seed = _options.Seed,
        Step = step,
        Team = team,
    };

    private readonly struct Work(nint ensemble) : ITeamWork
    {
        public void Run(int chunk) => ((TrainableEnsemble<T>)GCHandle.FromIntPtr(ensemble).Target!).RunPart(chunk);
    }

    private readonly struct Sum : IBinaryFormula<T>
    {
        [MethodImpl(MethodImplOptions.AggressiveInlining)]
        public static Vector512<T> Apply(Vector512<T> x, Vector512<T> y) => x + y;
    }

    /// <summary>Neighbouring members that one thread at a time takes.</summary>
    private sealed class Part
    {
        public required MemberRange Members { get; init; }

        /// <summary>Members at once.</summary>
        public required int Wave { get; init; }

        public required Workspace<T> Workspace { get; init; }

        public required T[] OutputGradient { get; init; }

        /// <summary>∂L/∂parameters of its members; 0 where a parameter is another member's own.</summary>
        public required AlignedVector<T> Gradient { get; init; }

        /// <summary>∂L/∂input where the members part; empty where nobody asks for it.</summary>
        public required T[] FrontGradient { get; init; }
    }
}
