namespace NnService.Api.Models.Predictions;

/// <summary>A form that predictions are answered in. A new form is a class of this kind and nothing else.</summary>
internal abstract class AnswerForm
{
    /// <summary>The content type of the answer.</summary>
    public abstract string ContentType { get; }

    /// <summary>Memory that the answers to so many rows take until the last one is known; 0: they are passed on as they come.</summary>
    public virtual long BytesFor(long rows) => 0;

    /// <summary>Writes what stands before all rows.</summary>
    public virtual void Begin(AnswerWriter answer, Predictor predictions, RowBatches rows)
    {
    }

    /// <summary>Writes a batch.</summary>
    public abstract void Add(AnswerWriter answer, Predictor predictions, RowBatches rows);

    /// <summary>Writes what stands behind all rows.</summary>
    /// <param name="answer">Where to.</param>
    /// <param name="predictions">Those of the last batch.</param>
    /// <param name="warnings">What is to be said besides.</param>
    public virtual void End(AnswerWriter answer, Predictor predictions, IReadOnlyList<string> warnings)
    {
    }
}
