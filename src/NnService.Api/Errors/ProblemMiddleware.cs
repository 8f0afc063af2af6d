using System.Text.Json;
using Microsoft.AspNetCore.Connections;
using NnService.Api.Http;
using NnService.Api.Storage;
using NnService.Engine.Specs;

namespace NnService.Api.Errors;

/// <summary>The one place where a failure becomes an answer: what the service refuses with its own words, anything unforeseen as 500 without inner
/// details.</summary>
internal sealed class ProblemMiddleware(
    RequestDelegate next, IHostApplicationLifetime lifetime, DataFolder folder, Damage damage, DatabaseFailures database, ILogger<ProblemMiddleware> log)
{
    private const string NotHttp = "The request is not valid HTTP.";

    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is not { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null })
                return;
            HeadRequests.AddToAllow(context.Response);
            await Answer(context, Refusal.Of(context.Response.StatusCode, await ExplainAsync(context)));
        }
        catch (Exception gone) when (CallerGone.Caused(gone, context))
        {
            Leave(context, gone);
        }
        catch (OperationCanceledException) when (lifetime.ApplicationStopping.IsCancellationRequested && !context.Response.HasStarted)
        {
            await Answer(context, Refusal.Of(503, "The service is shutting down; nothing was done. Try again in a moment."));
        }
        catch (ProblemException refusal) when (!context.Response.HasStarted)
        {
            await Answer(context, refusal.Problem);
        }
        catch (BadHttpRequestException refusal) when (!context.Response.HasStarted)
        {
            await Answer(context, Refusal.Of(refusal.StatusCode, refusal.StatusCode == 413 ? BodyLimit.Of(context).Refusal : NotHttp));
        }
        catch (IOException badChunk) when (badChunk.InnerException is OverflowException && !context.Response.HasStarted)
        {
            await Answer(context, Refusal.Of(400, NotHttp)); // what the server says of the size of a chunk that is no 32-bit number
        }
        catch (DamageException damaged) when (!context.Response.HasStarted)
        {
            await Answer(context, Refusal.Of(500, damaged.Message));
        }
        catch (StorageUnavailableException unavailable) when (!context.Response.HasStarted)
        {
            log.LogWarning("{Method} {Path} is refused: {Reason}", context.Request.Method, context.Request.Path.Value, unavailable.Message);
            await Answer(context, Refusal.Of(503, $"{unavailable.Message} Nothing was kept of this request."));
        }
        catch (Exception lost) when (!context.Response.HasStarted && folder.Obstacle() is { } obstacle)
        {
            log.LogError(lost is FolderException ? null : lost, "{Obstacle}", obstacle); // which says the same
            await Answer(context, Refusal.Of(503, $"{obstacle} Nothing was kept of this request."));
        }
        catch (Exception damaged) when (database.IsDamage(damaged) && !context.Response.HasStarted)
        {
            damage.Note(DatabaseFailures.Damaged);
            await Answer(context, Refusal.Of(500, DatabaseFailures.Damaged));
        }
        catch (Exception away) when (database.IsAway(away) && !context.Response.HasStarted)
        {
            log.LogWarning("The database cannot be used: {Reason}", database.In(away)!.Reason);
            await Answer(context, Refusal.Of(503, HttpMethods.IsGet(context.Request.Method)
                ? "The database cannot be used at the moment. Try again in a moment."
                : "The database cannot be used at the moment. Look whether the change was made before you try again in a moment."));
        }
        catch (JsonException damaged) when (!context.Response.HasStarted)
        {
            // What a request says is read elsewhere, with its own refusals: this is a text of the database.
            log.LogError(damaged, "A text in the database is damaged, found by {Method} {Path}", context.Request.Method, context.Request.Path.Value);
            damage.Note(DatabaseFailures.DamagedText);
            await Answer(context, Refusal.Of(500, DatabaseFailures.DamagedText));
        }
        catch (Exception few) when (TooFewHandles.Caused(few) && !context.Response.HasStarted)
        {
            log.LogError(few, "There are no file handles left");
            await Answer(context, Refusal.Of(503, "The service has no file handles left. Try again in a moment; ulimit -n raises their number."));
        }
        catch (Exception full) when (database.IsFullDisk(full) && !context.Response.HasStarted)
        {
            await Answer(context, Refusal.Of(507, "The disk is full. Delete what is not needed any more and try again."));
        }
        catch (Exception exhausted) when (NoMemory.Caused(exhausted) && !context.Response.HasStarted)
        {
            log.LogWarning(exhausted, "No memory was left for {Method} {Path}, id {RequestId}",
                context.Request.Method, context.Request.Path.Value, context.TraceIdentifier);
            await Answer(context, Refusal.Of(503,
                "The service has no memory left for this request (Limits:MemoryBytes). Try again when fewer are under way, or raise the limit."));
        }
        catch (Exception unforeseen) when (!context.Response.HasStarted)
        {
            log.LogError(unforeseen, "Unforeseen failure of {Method} {Path}, id {RequestId}",
                context.Request.Method, context.Request.Path.Value, context.TraceIdentifier);
            await Answer(context, Refusal.Of(500, $"Something went wrong inside the service; the log has more under the id {context.TraceIdentifier}."));
        }
    }

    private static async Task Answer(HttpContext context, Problem problem)
    {
        if (context.Response.BodyWriter is { CanGetUnflushedBytes: true, UnflushedBytes: > 0 })
        {
            context.Abort(); // half an answer waits to be sent and cannot be taken back: a problem behind it would make of both what nobody can read
            return;
        }

        var headers = context.Response.Headers.Where(header => header.Key is "Allow" or "X-Request-Id").ToArray();
        context.Response.Clear();
        SecurityHeaders.Set(context.Response.Headers);
        foreach (var header in headers)
            context.Response.Headers[header.Key] = header.Value;
        try
        {
            await new ProblemResult(problem).ExecuteAsync(context);
        }
        catch (Exception gone) when (CallerGone.Caused(gone, context))
        {
            Leave(context, gone);
        }
    }

    // Nobody reads the answer.
    private static void Leave(HttpContext context, Exception gone)
    {
        if (!context.Response.HasStarted)
            context.Response.StatusCode = StatusCodes.Status499ClientClosedRequest;
        if (gone is ConnectionResetException)
            context.Abort(); // or the server would read on to the end of the body, and log as an error that it cannot
    }

    private static async Task<string> ExplainAsync(HttpContext context) => context.Response.StatusCode switch
    {
        404 => $"There is nothing at {PathOf(context)}. {context.Request.PathBase}/swagger lists every path.",
        405 => $"{PathOf(context)} does not take {Echo.Cut(context.Request.Method)}; it takes {context.Response.Headers.Allow}.",
        415 => await AcceptedTypes.RefusalAsync(context),
        _ => "The request was refused.",
    };

    private static string PathOf(HttpContext context) => Echo.Cut(context.Request.PathBase + context.Request.Path);
}
