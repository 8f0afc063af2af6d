using System.Diagnostics;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.WebUtilities;
using NnService.Api.Storage;

namespace NnService.Api.Limits;

/// <summary>
/// Has whole answers made by the workers. A worker never waits for the network: the body is there before it begins, and what it answers waits in memory or in a
/// file until the caller has taken it, however slowly.
/// </summary>
internal sealed class LongAnswers(LongRequests requests, MemoryBudget memory, RequestBodies bodies, BlobStore blobs)
{
    /// <summary>What to do about a body that needs more memory than there is.</summary>
    public const string SendLess = "Send fewer rows or numbers at a time";

    /// <summary>Bytes that are free where long answers wait.</summary>
    public long FreeBytes => blobs.FreeBytes;

    private const int BytesInMemory = 256 << 10;

    /// <summary>Answers a request by what comes next in the pipeline: binding, handler and result.</summary>
    public async Task WholeAsync(HttpContext context, LongRequest request, RequestDelegate next)
    {
        requests.RefuseIfFull();
        await using var body = await bodies.TakeAsync(context, request.Limit?.Invoke(context));
        await AnswerAsync(context, body, request.BytesFor(context.Request, body.Length), () => next(context));
    }

    /// <summary>Takes the body in; a result that a worker makes of it, or one that is there already where a worker asks.</summary>
    public async Task<IResult> TakeAsync(HttpContext context, LongRequest request, Func<Task<IResult>> answer)
    {
        if (LongRequests.IsWorker)
            return await answer();
        requests.RefuseIfFull();
        var body = await bodies.TakeAsync(context, request.Limit?.Invoke(context));
        return new Result(this, body, request.BytesFor(context.Request, body.Length), answer);
    }

    /// <summary>Takes the body in and has a worker understand it, for a request that is no long one otherwise.</summary>
    public async Task<TResult> UnderstandAsync<TResult>(HttpContext context, Func<Task<TResult>> read)
    {
        requests.RefuseIfFull();
        await using var body = await bodies.TakeAsync(context, null);
        return await requests.RunAsync(
            async () =>
            {
                using var taken = memory.Reserve(body.Length * LongRequest.JsonBytes, StatusCodes.Status413PayloadTooLarge, SendLess);
                return await read();
            },
            context.RequestAborted);
    }

    /// <summary>A result that a worker makes, of a request whose body has been understood.</summary>
    /// <param name="answer">Makes it.</param>
    public IResult Of(Func<IResult> answer) => LongRequests.IsWorker ? answer() : new Result(this, null, 0, () => Task.FromResult(answer()));

    private async Task AnswerAsync(HttpContext context, TakenBody? body, long bytes, Func<Task> answer)
    {
        var sent = context.Features.GetRequiredFeature<IHttpResponseBodyFeature>();
        await using var file = new FileBufferingWriteStream(BytesInMemory, bufferLimit: null, () => blobs.Folder);
        var made = new StreamResponseBodyFeature(file);
        context.Features.Set<IHttpResponseBodyFeature>(made);
        var asked = Stopwatch.GetTimestamp();
        try
        {
            await requests.RunAsync(
                async () =>
                {
                    context.Features.Set(new WorkerWait(Stopwatch.GetElapsedTime(asked)));
                    using var taken = memory.Reserve(bytes, StatusCodes.Status413PayloadTooLarge, SendLess);
                    await answer();
                    await made.CompleteAsync();
                    return true;
                },
                context.RequestAborted);
        }
        finally
        {
            context.Features.Set(sent);
            if (body is not null)
                await body.DisposeAsync(); // before the answer is sent, which may take the caller long
        }

        if (file.Length == 0)
            return;
        context.Response.ContentLength = file.Length;
        await file.DrainBufferAsync(context.Response.BodyWriter, context.RequestAborted);
    }

    private sealed class Result(LongAnswers owner, TakenBody? body, long bytes, Func<Task<IResult>> answer) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext) =>
            owner.AnswerAsync(httpContext, body, bytes, async () => await (await answer()).ExecuteAsync(httpContext));
    }
}
