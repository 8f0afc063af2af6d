using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using NnService.Api.Errors;
using NnService.Api.Limits;
using NnService.Api.Metrics;

namespace NnService.Api.Models.Predictions;

/// <summary>Predictions from rows to answer: batches of any source go through the model into any form. Buffers are kept from answer to answer.</summary>
internal sealed class PredictionAnswers(LongAnswers workers, MemoryBudget memory, ServiceMeter meter)
{
    private readonly Counter<long> _rows = meter.Counter("nnservice.prediction.rows", "{row}", "Rows predicted, by model.");
    private readonly ConcurrentBag<AnswerWriter> _writers = []; // never more than answers being written at once

    /// <summary>The answer: made where the request came in if that takes a few milliseconds, otherwise by a worker.</summary>
    public IResult Of(Predictor predictions, RowBatches rows, AnswerForm form)
    {
        predictions.Watch.RowsRead();
        var answer = new Answer(this, predictions, rows, form);
        return rows.Count is { } count && predictions.Loaded.IsQuick(count) ? answer : ByWorker(answer);
    }

    /// <summary>The same, with the reading of the rows: where that is refused, it is counted.</summary>
    public IResult Of(Predictor predictions, Func<(RowBatches Rows, AnswerForm Form)> read)
    {
        try
        {
            var (rows, form) = read();
            return Of(predictions, rows, form);
        }
        catch
        {
            predictions.Watch.Failed();
            throw;
        }
    }

    private long FreeBytes => workers.FreeBytes;

    private IResult ByWorker(Answer answer) => workers.Of(() => answer);

    /// <summary>
    /// An answer waits in a file until all of it is made: one that would leave trainings no room is refused as soon as it can be told how long it gets.
    /// Errors: <see cref="ProblemException"/>.
    /// </summary>
    /// <param name="bytes">Of the answer to the first rows.</param>
    /// <param name="rows">How many these are.</param>
    /// <param name="all">All rows, where that is known.</param>
    /// <param name="free">Bytes that were free when it was begun.</param>
    internal static void RefuseTooLong(long bytes, long rows, long? all, long free)
    {
        var expected = bytes / (double)rows * Math.Max(rows, all ?? 0);
        if (expected > free / 2)
            throw Refusal.Exception(507, $"The answer to {(all is { } total ? $"all {total:N0}" : $"the first {rows:N0}")} rows takes {expected:N0} bytes, more than "
                + $"half of the {free:N0} that are free in the data folder, where it waits until it is whole. Ask about fewer rows at a time, or make room.");
    }

    private MemoryBudget.Reservation? Reserve(long bytes) =>
        LongRequests.IsWorker ? memory.Reserve(bytes, StatusCodes.Status413PayloadTooLarge, LongAnswers.SendLess) : null;

    private AnswerWriter Rent(HttpContext context)
    {
        if (!_writers.TryTake(out var writer))
            writer = new AnswerWriter();
        writer.Begin(context.Response, passesOn: LongRequests.IsWorker, LongRequests.IsWorker ? FreeBytes : long.MaxValue);
        return writer;
    }

    private void Return(AnswerWriter writer)
    {
        writer.Clear();
        if (writer.IsSmall)
            _writers.Add(writer);
    }

    private sealed class Answer(PredictionAnswers owner, Predictor predictions, RowBatches rows, AnswerForm form) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            var watch = predictions.Watch;
            watch.AnswerBegun();
            using var taken = owner.Reserve(form.BytesFor(rows.Count ?? 0) + rows.BatchBytes + predictions.Loaded.Model.BytesToPredict(rows.RowsOfABatch));
            var answer = owner.Rent(httpContext);
            try
            {
                form.Begin(answer, predictions, rows);
                long all = 0;
                for (int count; (count = rows.Next()) > 0; all += count)
                {
                    watch.Encoded();
                    predictions.Ask(rows.Values, count);
                    watch.Computed();
                    form.Add(answer, predictions, rows);
                    answer.EndPiece();
                    watch.Written(count);
                    RefuseTooLong(answer.Length, all + count, rows.Total, answer.Free);
                    if (LongRequests.IsWorker)
                        httpContext.RequestAborted.ThrowIfCancellationRequested();
                }

                form.End(answer, predictions, rows.Warnings);
                answer.Send(form.ContentType);
                owner._rows.Add(all, new KeyValuePair<string, object?>("model", predictions.Loaded.Name));
                watch.Succeeded(httpContext);
            }
            catch
            {
                watch.Failed();
                throw;
            }
            finally
            {
                rows.Release();
                owner.Return(answer);
            }

            return Task.CompletedTask;
        }
    }
}
