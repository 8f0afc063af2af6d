using NnService.Api.Http;

namespace NnService.Api.Access.Audit;

/// <summary>
/// Has an entry for every request that writes to the database by an endpoint of the scopes <c>write</c> and <c>admin</c>, and for those of <c>admin</c> that go
/// well without.
/// </summary>
internal sealed class AuditTrail(RequestDelegate next, AuditLog log, TimeProvider clock)
{
    public Task InvokeAsync(HttpContext context) =>
        context.GetEndpoint()?.Metadata.GetMetadata<RequiredScope>() is { Scope: Scope.Write or Scope.Admin } needed && !HttpMethods.IsGet(context.Request.Method)
            ? AnswerAsync(context, needed.Scope)
            : next(context);

    private async Task AnswerAsync(HttpContext context, Scope scope)
    {
        var audited = new AuditedRequest(log, clock, context, scope);
        audited.Note.Begin();
        context.Response.OnStarting(audited.AnswerAsync);
        context.Response.OnCompleted(audited.AnswerAsync); // where there was no answer, since the caller had gone
        try
        {
            await next(context);
        }
        finally
        {
            audited.Note.End();
        }
    }
}
