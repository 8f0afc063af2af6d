using System.Numerics;
using System.Runtime.CompilerServices;

namespace NnService.Engine.Data.Encodings;

/// <summary>
/// How a compact row becomes the inputs of a network: a category is one number there, the index of its input, and becomes as many inputs as there are
/// categories only when a minibatch is made. All other numbers are copied.
/// </summary>
/// <remarks>A table of many categories would fill the memory with zeros otherwise: a column of 64 categories takes one number rather than 64.</remarks>
public sealed class RowLayout
{
    private readonly Piece[] _pieces;

    internal RowLayout(IEnumerable<FeatureColumn> columns)
    {
        var pieces = new List<Piece>();
        foreach (FeatureColumn column in columns)
        {
            if (column.IsOneHot)
                pieces.Add(new Piece(CompactWidth++, Width, column.OneHotWidth, IsOneHot: true));
            int copied = column.Width - (column.IsOneHot ? column.OneHotWidth : 0);
            if (copied > 0)
            {
                int to = Width + column.Width - copied;
                if (pieces is [.., { IsOneHot: false } last] && last.To + last.Length == to)
                    pieces[^1] = last with { Length = last.Length + copied };
                else
                    pieces.Add(new Piece(CompactWidth, to, copied, IsOneHot: false));
                CompactWidth += copied;
            }

            Width += column.Width;
        }

        _pieces = [.. pieces];
    }

    /// <summary>What a row is made of, in the order of the inputs.</summary>
    internal IReadOnlyList<Piece> Pieces => _pieces;

    /// <summary>Numbers of a compact row.</summary>
    public int CompactWidth { get; }

    /// <summary>Inputs of the network.</summary>
    public int Width { get; }

    /// <summary>Whether compact rows are the inputs already.</summary>
    public bool IsPlain => _pieces is [] or [{ IsOneHot: false }];

    /// <summary>The place in a compact row of an input that is copied.</summary>
    public int CompactPlaceOf(int input)
    {
        var piece = _pieces.First(piece => !piece.IsOneHot && input >= piece.To && input < piece.To + piece.Length);
        return piece.From + (input - piece.To);
    }

    /// <summary>Writes one row's inputs.</summary>
    /// <param name="compact">[CompactWidth]</param>
    /// <param name="inputs">[Width], overwritten.</param>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    public void Spread<T>(ReadOnlySpan<T> compact, Span<T> inputs)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>
    {
        foreach (ref readonly Piece piece in _pieces.AsSpan())
        {
            Span<T> to = inputs.Slice(piece.To, piece.Length);
            if (!piece.IsOneHot)
            {
                compact.Slice(piece.From, piece.Length).CopyTo(to);
                continue;
            }

            to.Clear();
            if (compact[piece.From] >= T.Zero) // −1: a category that has no input
                to[int.CreateTruncating(compact[piece.From])] = T.One;
        }
    }

    /// <summary>Neighbouring numbers of a compact row that are copied, or one that is a category's input.</summary>
    /// <param name="From">Its first number of a compact row.</param>
    /// <param name="To">Its first input.</param>
    /// <param name="Length">Its inputs.</param>
    /// <param name="IsOneHot">Whether it is a category.</param>
    internal readonly record struct Piece(int From, int To, int Length, bool IsOneHot);
}
