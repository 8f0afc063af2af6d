using System.Numerics;
using System.Runtime.CompilerServices;
using NnService.Engine.Data.Encodings;
using NnService.Engine.Kernels;

namespace NnService.Engine.Training;

/// <summary>
/// The products of a linear model with compact rows: a category adds one row of the weights, and its zeros take no time. Every sum is the chain of
/// <see cref="MatrixProduct"/> without the terms that are 0, and so has the bits of the products with all inputs.
/// </summary>
/// <param name="pieces">What a row is made of.</param>
/// <param name="rowWidth">Numbers of a compact row.</param>
/// <param name="inputs">Inputs.</param>
/// <param name="units">Outputs.</param>
/// <param name="team">Threads to share the products of numbers with; null for the caller's alone.</param>
internal sealed class CompactProduct<T>(IReadOnlyList<RowLayout.Piece> pieces, int rowWidth, int inputs, int units, Team? team)
    where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly T[] _gradient = new T[(inputs + 1) * units];
    private readonly bool[] _isTouched = new bool[inputs]; // of categories

    /// <summary>y = x·W + b</summary>
    /// <param name="x">[rows, rowWidth] compact.</param>
    /// <param name="parameters">W [inputs, units] and behind it b [units].</param>
    /// <param name="y">[rows, units], overwritten.</param>
    public void Forward(ReadOnlySpan<T> x, ReadOnlySpan<T> parameters, Span<T> y)
    {
        var rows = x.Length / rowWidth;
        y.Clear();
        foreach (var piece in pieces)
        {
            var weights = parameters.Slice(piece.To * units, piece.Length * units);
            if (!piece.IsOneHot)
                MatrixProduct.Multiply(
                    Numbers(x, rows, piece), new ReadOnlyView<T>(weights, piece.Length, units), new View<T>(y, rows, units), accumulate: true, team);
            else if (units == 1)
                AddWeights(x[piece.From..], weights, y);
            else
                for (var row = 0; row < rows; row++)
                    if (Category(x[(row * rowWidth) + piece.From]) is >= 0 and var category)
                        Add(weights.Slice(category * units, units), y.Slice(row * units, units));
        }

        Elementwise.AddRow(parameters[(inputs * units)..], y);
    }

    /// <summary>Adds dW = xᵀ·dy and db = Σ over rows of dy, each summed up over these rows first.</summary>
    /// <param name="x">[rows, rowWidth] compact.</param>
    /// <param name="dy">[rows, units]</param>
    /// <param name="gradient">[(inputs + 1) · units] in the order of the parameters.</param>
    public void AddGradient(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<double> gradient)
    {
        var rows = x.Length / rowWidth;
        foreach (var piece in pieces)
        {
            var (start, length) = (piece.To * units, piece.Length * units);
            if (piece.IsOneHot)
            {
                AddCategories(x[piece.From..], dy, _gradient.AsSpan(start, length), _isTouched.AsSpan(piece.To, piece.Length), gradient.Slice(start, length));
                continue;
            }

            MatrixProduct.Multiply(
                Numbers(x, rows, piece).Transposed, new ReadOnlyView<T>(dy, rows, units), new View<T>(_gradient.AsSpan(start, length), piece.Length, units),
                team: team);
            Widen(_gradient.AsSpan(start, length), gradient.Slice(start, length));
        }

        var biases = _gradient.AsSpan(inputs * units);
        Reductions.ColumnSums(dy, biases);
        Widen(biases, gradient[(inputs * units)..]);
    }

    // Of one unit a category is one number, and slices of length 1 would take most of the time.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddWeights(ReadOnlySpan<T> x, ReadOnlySpan<T> weights, Span<T> y)
    {
        for (int row = 0, at = 0; row < y.Length; row++, at += rowWidth)
            if (Category(x[at]) is >= 0 and var category)
                y[row] += weights[category];
    }

    // Without asking which categories are new to these rows, which no processor can guess: all sums are 0 between two calls, and to add 0 changes nothing.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void AddOneUnit(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> sums, Span<double> gradient)
    {
        for (int row = 0, at = 0; row < dy.Length; row++, at += rowWidth)
            if (Category(x[at]) is >= 0 and var category)
                sums[category] += dy[row];
        for (int row = 0, at = 0; row < dy.Length; row++, at += rowWidth)
            if (Category(x[at]) is >= 0 and var category)
            {
                gradient[category] += double.CreateChecked(sums[category]);
                sums[category] = T.Zero;
            }
    }

    // Sums of the categories that these rows have, and of no other.
    private void AddCategories(ReadOnlySpan<T> x, ReadOnlySpan<T> dy, Span<T> sums, Span<bool> isTouched, Span<double> gradient)
    {
        if (units == 1)
        {
            AddOneUnit(x, dy, sums, gradient);
            return;
        }

        for (int row = 0, at = 0; at < x.Length; row++, at += rowWidth)
        {
            if (Category(x[at]) is not (>= 0 and var category))
                continue;
            var sum = sums.Slice(category * units, units);
            if (!isTouched[category])
                sum.Clear();
            isTouched[category] = true;
            Add(dy.Slice(row * units, units), sum);
        }

        for (var at = 0; at < x.Length; at += rowWidth)
        {
            if (Category(x[at]) is not (>= 0 and var category) || !isTouched[category])
                continue;
            isTouched[category] = false;
            Widen(sums.Slice(category * units, units), gradient.Slice(category * units, units));
        }
    }

    private ReadOnlyView<T> Numbers(ReadOnlySpan<T> x, int rows, RowLayout.Piece piece) => new(x[piece.From..], rows, piece.Length, rowWidth);

    private static int Category(T number) => number >= T.Zero ? int.CreateTruncating(number) : -1; // −1: it has no input

    private static void Add(ReadOnlySpan<T> term, Span<T> sum)
    {
        var i = 0;
        for (; i <= sum.Length - Vector<T>.Count; i += Vector<T>.Count)
            (new Vector<T>(sum[i..]) + new Vector<T>(term[i..])).CopyTo(sum[i..]);
        for (; i < sum.Length; i++)
            sum[i] += term[i];
    }

    private static void Widen(ReadOnlySpan<T> term, Span<double> sum)
    {
        for (var i = 0; i < sum.Length; i++)
            sum[i] += double.CreateChecked(term[i]);
    }
}
