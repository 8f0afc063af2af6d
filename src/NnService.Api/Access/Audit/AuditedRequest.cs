using System.Security.Claims;
using NnService.Api.Data;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Access.Audit;

/// <summary>A request that may change something, and its entry from when it has.</summary>
internal sealed class AuditedRequest
{
    private readonly AuditLog _log;
    private readonly TimeProvider _clock;
    private readonly HttpContext _context;
    private readonly bool _isAlwaysKept;
    private AuditEntry? _kept;
    private bool _isAnswered;

    /// <param name="log">The audit log.</param>
    /// <param name="clock">Says when.</param>
    /// <param name="context">The request.</param>
    /// <param name="scope">What it needs: one for <c>admin</c> has an entry also where it has written nothing, if it went well.</param>
    public AuditedRequest(AuditLog log, TimeProvider clock, HttpContext context, Scope scope)
    {
        (_log, _clock, _context, _isAlwaysKept) = (log, clock, context, scope == Scope.Admin);
        Note = new WriteNote(Describe, Keep);
    }

    /// <summary>Takes the entry into the request's first transaction.</summary>
    public WriteNote Note { get; }

    /// <summary>The answer is known.</summary>
    public Task AnswerAsync()
    {
        var response = _context.Response;
        if (_isAnswered || (_kept is null && !(_isAlwaysKept && response.StatusCode < StatusCodes.Status400BadRequest)))
            return Task.CompletedTask;
        _isAnswered = true;
        var location = response.Headers.Location is { Count: > 0 } made ? made.ToString() : response.Headers.ContentLocation.ToString();
        var resource = location.Length > 0 ? Cut(location) : null;
        _log.Answered(_kept ?? Describe(), new AuditedAnswer(response.StatusCode, resource));
        return Task.CompletedTask;
    }

    private AuditEntry Describe()
    {
        var request = _context.Request;
        var user = _context.User.Identity is { IsAuthenticated: true } ? _context.User : null;
        return new AuditEntry
        {
            At = _clock.GetUtcNow().UtcDateTime,
            Who = user?.FindFirstValue(ClaimTypes.NameIdentifier) ?? "local",
            Name = user?.Identity?.Name,
            Method = request.Method,
            Target = Cut(request.PathBase.ToUriComponent() + request.Path.ToUriComponent() + request.QueryString.ToUriComponent()),
            RequestId = _context.TraceIdentifier,
        };
    }

    private void Keep(object row)
    {
        _kept = (AuditEntry)row;
        _log.Opened(_kept);
    }

    private static string Cut(string text) => Echo.Cut(text, AuditEntry.MostCharacters);
}
