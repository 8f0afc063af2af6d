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
/// The training steps of a network of a few numbers, to the same bits as <see cref="Network{T}"/>: dense layers of at most a register's units (16 floats,
/// 8 doubles), activations that treat each number by itself, few rows.
/// </summary>
/// <remarks>
/// The arithmetic of such a step is done in a hundred nanoseconds; in the general path most of the time goes into getting there: views, lengths, partial
/// registers, a pass over memory for each operation. Here rows of everything are padded to whole registers (<see cref="PackedRows{T}"/>), product, bias and
/// activation are one loop, and all addresses are settled when the run begins. Measured on Zen 4: a step of 2-2-1 with one row takes 0.11 µs rather than
/// 0.21, one of 3-4-5-1 with four rows 0.27 µs rather than 0.41. A single row has loops of its own, with a quarter of the instructions (Zen 5: 0.060 µs).
/// The optimizer moves the packed parameters, the second, transposed copy of the weights among them (of a single unit the only one), as it would the flat
/// ones: it treats each number by itself. The lanes between are computed along and never looked at.
/// </remarks>
internal sealed unsafe class TinyNetwork<T> : ITrainableNetwork<T>
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    /// <summary>
    /// Multiply-adds of a forward pass, padding included. T2 of the benchmarks has 384 and gains a third; nothing larger than this has been measured.
    /// </summary>
    private const int MostMultiplyAdds = 1024;

    private readonly Network<T> _network;
    private readonly PackedMemory<T> _memory;
    private readonly TinyDense<T>[] _layers;
    private readonly T* _parameters;
    private readonly T* _gradient;
    private readonly T* _identity;
    private readonly T[] _output;
    private readonly T[] _outputGradient;
    private readonly AlignedVector<T> _flatParameters;
    private readonly AlignedVector<T> _flatGradient;
    private bool _hasMoved;

    private TinyNetwork(Network<T> network, TinyDense<T>[] layers, int rows, PackedMemory<T> memory)
    {
        (_network, _layers, _memory) = (network, layers, memory);
        (_flatParameters, _flatGradient) = (new(network.ParameterCount), new(network.ParameterCount));
        OptimizedCount = (int)layers[^1].Shape.End;
        _parameters = memory.Take(OptimizedCount);
        _gradient = memory.Take(OptimizedCount);
        var outputs = layers[^1].Shape.Rows;
        _identity = memory.Take(outputs.Columns * PackedRows<T>.Width);
        for (nint i = 0; i < outputs.Columns; i++)
            for (var lane = i; lane < PackedRows<T>.Width; lane += outputs.Stride)
                _identity[(i * PackedRows<T>.Width) + lane] = T.One;
        (_output, _outputGradient) = (new T[rows * outputs.Columns], new T[rows * outputs.Columns]);
    }

    /// <summary>The packed parameters, copies included.</summary>
    public int OptimizedCount { get; }

    public AlignedVector<T> Parameters
    {
        get
        {
            if (_hasMoved)
                Unpack(_parameters, _flatParameters);
            _hasMoved = false;
            return _flatParameters;
        }
    }

    public ReadOnlySpan<T> Gradient
    {
        get
        {
            Unpack(_gradient, _flatGradient);
            return _flatGradient;
        }
    }

    /// <summary>The tiny form of a network; null where it is not tiny, or has another layer than dense ones, or softmax.</summary>
    /// <param name="network">The network.</param>
    /// <param name="rows">Rows of the largest minibatch.</param>
    public static TinyNetwork<T>? Of(Network<T> network, int rows)
    {
        var memory = new PackedMemory<T>();
        var layers = new TinyDense<T>[network.Layers.Count];
        var multiplyAdds = 0L;
        for (var i = 0; i < layers.Length; i++)
        {
            if (network.Layers[i] is not Dense<T> dense || dense.Outputs > PackedRows<T>.Width)
                return null;
            multiplyAdds += (long)rows * dense.Inputs * PackedRows<T>.Width;
            if (multiplyAdds > MostMultiplyAdds)
                return null;
            if (TinyDense<T>.Of(dense, new TinyShape<T>(dense, i == 0 ? null : layers[i - 1].Shape, rows, memory)) is not { } layer)
                return null;
            layers[i] = layer;
        }

        return new TinyNetwork<T>(network, layers, rows, memory);
    }

    public void Load()
    {
        ReadOnlySpan<T> parameters = Parameters;
        foreach (var layer in _layers)
        {
            var shape = layer.Shape;
            var (units, inputs) = ((int)shape.Rows.Columns, (int)shape.Inputs);
            for (var row = 0; row < shape.PackedInputs; row++)
                Repeat(parameters[(row * units)..], 1, shape.Rows, _parameters + shape.Weights + (row * PackedRows<T>.Width));
            if (shape.UseBias)
                Repeat(parameters[(inputs * units)..], 1, shape.Rows, _parameters + shape.Bias);
            for (var unit = 0; unit < units && shape.Below is not null; unit++)
                Repeat(parameters[unit..], units, shape.Below.Rows, _parameters + shape.Transposed + (unit * PackedRows<T>.Width));
            parameters = parameters[((inputs + (shape.UseBias ? 1 : 0)) * units)..];
        }

        static void Repeat(ReadOnlySpan<T> from, int step, PackedRows<T> rows, T* to)
        {
            for (nint lane = 0; lane < PackedRows<T>.Width; lane++)
                to[lane] = lane % rows.Stride < rows.Columns ? from[(int)(lane % rows.Stride) * step] : T.Zero;
        }
    }

    public double Learn(scoped in Minibatch<T> batch, int rows, long step, Loss<T> loss, double scale, out bool gradientIsFinite)
    {
        gradientIsFinite = true;
        // Not the address of a span, which would depend on its length: that has been written as four bytes and is read as eight, so that the processor has
        // to wait until all stores before it are done, those of the last step's parameters among them (measured on Zen 5: 10 of 70 ns).
        fixed (T* x = &MemoryMarshal.GetReference(batch.Inputs), outputGradient = _outputGradient)
        {
            Forward(x, rows);
            var output = Output(rows);
            var sum = loss.SumAndGradient(
                output, batch.Targets, batch.Weights, _network.Outputs, T.CreateChecked(scale), new Span<T>(outputGradient, output.Length));
            if (!double.IsFinite(sum))
                return sum;
            if (rows == 1)
                BackwardRow(x, outputGradient);
            else
                Backward(x, rows, outputGradient);
            return sum;
        }
    }

    private void Forward(T* x, int rows)
    {
        var stride = _layers[0].Shape.Inputs;
        foreach (var layer in _layers)
        {
            if (rows == 1)
                layer.ForwardRow(x, _parameters);
            else
                layer.Forward(x, stride, _parameters, rows);
            x = layer.Shape.Y;
            stride = layer.Shape.Rows.Stride;
        }
    }

    // The last layer's rows without the lanes between them.
    private ReadOnlySpan<T> Output(int rows)
    {
        var last = _layers[^1].Shape;
        var (columns, stride) = ((int)last.Rows.Columns, (int)last.Rows.Stride);
        if (rows == 1 || stride == columns)
            return new ReadOnlySpan<T>(last.Y, rows * columns);
        for (int row = 0, i = 0; row < rows; row++)
            for (var column = 0; column < columns; column++, i++)
                _output[i] = last.Y[(row * stride) + column];
        return _output.AsSpan(0, rows * columns);
    }

    private void Backward(T* first, int rows, T* outputGradient)
    {
        // The loss stands above the last layer, with the identity between the two.
        var depth = _layers[^1].Shape.Rows.Columns;
        var (above, stride, transposed) = ((nint)outputGradient, depth, (nint)_identity);
        for (var i = _layers.Length - 1; i >= 0; i--)
        {
            var shape = _layers[i].Shape;
            var (x, xStride) = shape.Below is { } below ? ((nint)below.Y, below.Rows.Stride) : ((nint)first, shape.Inputs);
            _layers[i].Backward((T*)x, xStride, (T*)above, stride, (T*)transposed, depth, _gradient, rows);
            (above, stride, transposed, depth) = ((nint)shape.Dz, shape.Rows.Stride, (nint)(_parameters + shape.Transposed), shape.Rows.Columns);
        }
    }

    /// <summary>The same for one row, all layers in one loop: dz goes from layer to layer in a register, without a way through memory.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization | MethodImplOptions.NoInlining)]
    private void BackwardRow(T* x, T* outputGradient)
    {
        var shape = _layers[^1].Shape;
        var parameters = _parameters;
        var gradient = _gradient;
        var dy = Vector512<T>.Zero;
        for (nint output = 0; output < shape.Rows.Columns; output++)
            dy = FloatingPoint<T>.MulAdd(Vector512.Create(outputGradient[output]), Vector512.Load(_identity + (output * PackedRows<T>.Width)), dy);
        while (true)
        {
            var dz = dy * Vector512.Load(shape.Slope);
            dz.Store(shape.Dz);
            var below = shape.Below;
            var input = below is null ? x : below.Y;
            var to = gradient + shape.Weights;
            for (nint i = 0; i < shape.PackedInputs; i++, to += PackedRows<T>.Width)
                FloatingPoint<T>.MulAdd(Vector512.Create(input[i]), dz, Vector512<T>.Zero).Store(to);
            if (shape.UseBias)
                (Vector512<T>.Zero + dz).Store(to);
            if (below is null)
                return;

            var y = Vector512.Load(below.Y);
            dy = Vector512<T>.Zero;
            var unitGradient = Vector512.Create(dz.ToScalar()); // the others come from memory while the first is worked on
            for (nint unit = 0, at = shape.Transposed; ; at += PackedRows<T>.Width)
            {
                dy = FloatingPoint<T>.MulAdd(unitGradient, Vector512.Load(parameters + at), dy);
                FloatingPoint<T>.MulAdd(unitGradient, y, Vector512<T>.Zero).Store(gradient + at);
                if (++unit == shape.Rows.Columns)
                    break;
                unitGradient = Vector512.Create(shape.Dz[unit]);
            }

            shape = below;
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)] // in the middle of a large method the loop's constants would live on the stack
    public void Update(Optimizer<T> optimizer, double learningRate)
    {
        optimizer.Step(new Span<T>(_parameters, OptimizedCount), new ReadOnlySpan<T>(_gradient, OptimizedCount), learningRate);
        _hasMoved = true;
    }

    // A lane of no account may be not finite where all parameters are.
    public bool AllFinite() => AllLanesAreFinite() || Reductions.AllFinite<T>(Parameters);

    public Workspace<T> LayerOutputs(ReadOnlySpan<T> inputs, int rows)
    {
        var workspace = new Workspace<T>(_network, rows, forTraining: false);
        _network.Forward(workspace, new NetworkPass<T> { Input = inputs, Rows = rows, Parameters = Parameters, State = [] });
        return workspace;
    }

    private bool AllLanesAreFinite()
    {
        // x · 0 is 0 where x is finite, else NaN, which a sum keeps.
        var sum = Vector512<T>.Zero;
        for (nint at = 0; at < OptimizedCount; at += PackedRows<T>.Width)
            sum += Vector512.Load(_parameters + at) * Vector512<T>.Zero;
        GC.KeepAlive(_memory);
        return Vector512.EqualsAll(sum, Vector512<T>.Zero);
    }

    private void Unpack(T* packed, Span<T> flat)
    {
        fixed (T* start = flat)
        {
            var to = start;
            // Whole registers, each over what the one before it had too much; only the last ones must not reach beyond the end.
            var lastWhole = start + flat.Length - PackedRows<T>.Width;
            foreach (var layer in _layers)
            {
                var shape = layer.Shape;
                if (shape.IsOneRegister)
                    Copy(packed + shape.Transposed, shape.Inputs);
                for (var from = packed + shape.Weights; from < packed + shape.Transposed; from += PackedRows<T>.Width)
                    Copy(from, shape.Rows.Columns);
            }

            void Copy(T* from, nint count)
            {
                if (to <= lastWhole)
                    Vector512.Load(from).Store(to);
                else
                    for (nint i = 0; i < count; i++)
                        to[i] = from[i];
                to += count;
            }
        }

        GC.KeepAlive(_memory);
    }
}
