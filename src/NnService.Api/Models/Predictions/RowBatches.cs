using NnService.Engine;

namespace NnService.Api.Models.Predictions;

/// <summary>Rows to predict from one source, encoded some at a time. A new source is a class of this kind and nothing else.</summary>
/// <param name="description">The model that is asked.</param>
internal abstract class RowBatches(ModelDescription description)
{
    private const int Most = 1024;
    private const int MostNumbers = 1 << 20; // of a batch of wide rows

    private readonly int _numbersOfRow = Math.Max(1, description.Features.Width) + Math.Max(description.Target.Columns.Count, description.Target.Labels.Count);

    /// <summary>The model that is asked.</summary>
    protected ModelDescription Description { get; } = description;

    /// <summary>Most rows of a batch: of a model of many inputs or labels fewer.</summary>
    public int MostRows { get; } = Math.Clamp(
        MostNumbers / Math.Max(1, Math.Max(description.Features.Width, description.Target.Labels.Count)), 1, Most);

    /// <summary>Memory that a batch and the answers to it take.</summary>
    public long BatchBytes => (long)RowsOfABatch * _numbersOfRow * sizeof(double);

    /// <summary>Rows of the largest batch.</summary>
    public int RowsOfABatch => (int)Math.Min(MostRows, Count ?? MostRows);

    /// <summary>Rows of all batches; null: they are not in memory, and to read them takes long.</summary>
    public virtual long? Count => null;

    /// <summary>The same, known at the latest when the first batch has been read; null: it is never known.</summary>
    public virtual long? Total => Count;

    /// <summary>The batch: [rows, width of the features].</summary>
    public abstract ReadOnlySpan<double> Values { get; }

    /// <summary>What is to be said about the rows besides the predictions; whole after the last batch.</summary>
    public virtual IReadOnlyList<string> Warnings => [];

    /// <summary>Whether the rows came as a table, whose columns an answer as CSV repeats.</summary>
    public virtual bool HasColumns => false;

    /// <summary>Whether the rows came as a table without names, so that an answer as CSV has none either: a line for each row and nothing else.</summary>
    public virtual bool IsNameless => false;

    /// <summary>Names of those columns.</summary>
    public virtual IReadOnlyList<string> ColumnNames => [];

    /// <summary>Encodes the next batch and says how many rows it has; 0 at the end. Errors: what keeps a row from being read or encoded.</summary>
    public abstract int Next();

    /// <summary>The cells of a row of the batch as a piece of a line of CSV, one for each of the <see cref="ColumnNames"/>.</summary>
    public virtual ReadOnlySpan<byte> CellsOf(int row) => default;

    /// <summary>Gives back what the rows were read from or into.</summary>
    public virtual void Release()
    {
    }
}
