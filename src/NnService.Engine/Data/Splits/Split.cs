using System.Collections.Immutable;
using NnService.Engine.Data.Columns;
using NnService.Engine.Random;

namespace NnService.Engine.Data.Splits;

/// <summary>The rows of each part of a split, in ascending order within a part; the parts share no row.</summary>
/// <param name="Train">Rows to train on; never empty.</param>
/// <param name="Validation">Rows that decide when to stop; may be empty.</param>
/// <param name="Test">Rows that measure the result; may be empty.</param>
public sealed record Split(ReadOnlyMemory<int> Train, ReadOnlyMemory<int> Validation, ReadOnlyMemory<int> Test)
{
    /// <summary>What the parts are called, wherever they have names.</summary>
    public static ImmutableArray<string> PartNames { get; } = ["train", "validation", "test"];

    /// <summary>Splits the usable rows of a table; the same arguments give the same split, everywhere.</summary>
    /// <param name="table">The table; <c>testEvery</c> counts its rows, usable or not.</param>
    /// <param name="spec">How to split; null: the default.</param>
    /// <param name="usableRows">The rows to divide, in ascending order.</param>
    /// <param name="stratifyBy">The column of classes for classification; null: not classification.</param>
    /// <param name="seed">Seed of the choice of rows.</param>
    /// <exception cref="PreparationException">The spec is invalid or does not fit the table, there is no usable row, or none is left to train on.</exception>
    public static Split Of(Table table, SplitSpec? spec, int[] usableRows, Column? stratifyBy, ulong seed)
    {
        bool isClassification = stratifyBy is not null;
        SplitSpec given = spec ?? new SplitSpec();
        if (given.Validate(table, isClassification) is [var problem, ..])
            throw new PreparationException(problem.Detail) { Pointer = problem.Pointer };
        if (usableRows.Length == 0)
            throw new PreparationException("There is no usable row to split.");
        SplitSpec resolved = given.Resolve(usableRows.Length, isClassification);
        var parts = new SplitParts(table, resolved, usableRows, stratifyBy, seed);
        if (resolved.Column is { } column)
            parts.ByColumn(table.Find(column)!);
        else if (resolved.TestEvery is { } every)
            parts.ByTestEvery(every, resolved.Validation!.Value);
        else if (resolved.Folds is { } folds)
            parts.ByFold(folds, resolved.Fold!.Value, resolved.Validation!.Value, new RandomStream(seed, RandomPurpose.Folds, (uint)resolved.Repeat!.Value));
        else
            parts.ByFractions(resolved.Train!.Value, resolved.Validation!.Value, resolved.Test!.Value, resolved.Method!.Value);
        Split split = parts.ToSplit();
        return split.Train.IsEmpty ? throw new PreparationException("The split leaves no row to train on.") : split;
    }
}
