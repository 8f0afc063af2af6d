using NnService.Api.Storage;

namespace NnService.Api.Errors;

/// <summary>The one place where a failure becomes an answer: what the service refuses with its own words, anything unforeseen as 500 without inner details.</summary>
internal sealed class ProblemMiddleware(RequestDelegate next, IHostApplicationLifetime lifetime, DataFolder folder, Damage damage, ILogger<ProblemMiddleware> log)
{
    public async Task InvokeAsync(HttpContext context)
    {
        try
        {
            await next(context);
            if (context.Response is { HasStarted: false, StatusCode: >= 400, ContentLength: null or 0, ContentType: null })
                await Answer(context, Refusal.Of(context.Response.StatusCode, Explain(context)));
        }
        catch (OperationCanceledException) when (context.RequestAborted.IsCancellationRequested)
        {
            context.Response.StatusCode = 499; // the caller has gone; nobody reads the answer
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
            await Answer(context, Refusal.Of(refusal.StatusCode, refusal.StatusCode == 413
                ? "The body is larger than the limit Kestrel:Limits:MaxRequestBodySize; tables have a limit of their own, Datasets:MaxBytes."
                : "The request is not valid HTTP, or it ended before its body was complete."));
        }
        catch (DamageException damaged) when (!context.Response.HasStarted)
        {
            await Answer(context, Refusal.Of(500, damaged.Message));
        }
        catch (Exception lost) when (!context.Response.HasStarted && folder.Obstacle() is { } obstacle)
        {
            log.LogError(lost, "{Obstacle}", obstacle);
            await Answer(context, Refusal.Of(503, $"{obstacle} Nothing was kept of this request."));
        }
        catch (Exception damaged) when (DatabaseFailure.IsIn(damaged) && !context.Response.HasStarted)
        {
            damage.Note(DatabaseFailure.Damaged);
            await Answer(context, Refusal.Of(500, DatabaseFailure.Damaged));
        }
        catch (Exception few) when (TooFewHandles.Caused(few) && !context.Response.HasStarted)
        {
            log.LogError(few, "There are no file handles left");
            await Answer(context, Refusal.Of(503, "The service has no file handles left. Try again in a moment; ulimit -n raises their number."));
        }
        catch (Exception full) when (DiskFull.Caused(full) && !context.Response.HasStarted)
        {
            await Answer(context, Refusal.Of(507, "The disk is full. Delete what is not needed any more and try again."));
        }
        catch (Exception unforeseen) when (!context.Response.HasStarted)
        {
            log.LogError(unforeseen, "Unforeseen failure of {Method} {Path}, traceId {TraceId}", context.Request.Method, context.Request.Path.Value, context.TraceIdentifier);
            await Answer(context, Refusal.Of(500, "Something went wrong inside the service; the log has more under the traceId."));
        }
    }

    private static async Task Answer(HttpContext context, Problem problem)
    {
        var headers = context.Response.Headers.Where(header => header.Key is "Allow" or "X-Request-Id").ToArray();
        context.Response.Clear();
        foreach (var header in headers)
            context.Response.Headers[header.Key] = header.Value;
        await new ProblemResult(problem).ExecuteAsync(context);
    }

    private static string Explain(HttpContext context) => context.Response.StatusCode switch
    {
        404 => $"There is nothing at {context.Request.Path}. /swagger lists every path.",
        405 => $"{context.Request.Path} does not take {context.Request.Method}; it takes {context.Response.Headers.Allow}.",
        415 => $"The content type \"{context.Request.ContentType}\" is not one this path takes. Send JSON with the header Content-Type: application/json; "
            + "a table may also come as text/csv, multipart/form-data or application/x-ndjson, rows to predict as text/csv.",
        _ => "The request was refused.",
    };
}
