using System.Net;
using System.Threading.Channels;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace NnService.Api.Tests.Webhooks;

/// <summary>Another service, on a free port of this machine, that takes messages and answers as a test says.</summary>
internal sealed class Receiver : IAsyncDisposable
{
    private static readonly TimeSpan Deadline = Wire.Patience;

    private readonly WebApplication _app;
    private readonly Channel<Message> _messages = Channel.CreateUnbounded<Message>();

    private Receiver(WebApplication app) => _app = app;

    /// <summary>What it answers.</summary>
    public Func<HttpContext, int> Answer { get; set; } = _ => StatusCodes.Status204NoContent;

    public string Url => $"{_app.Urls.Single()}/ends";

    public static async Task<Receiver> Start()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, 0));
        var app = builder.Build();
        var receiver = new Receiver(app);
        app.Run(receiver.Take);
        await app.StartAsync();
        return receiver;
    }

    public async Task<Message> Next()
    {
        using var deadline = new CancellationTokenSource(Deadline);
        return await _messages.Reader.ReadAsync(deadline.Token);
    }

    public bool HasMore => _messages.Reader.TryPeek(out _);

    public ValueTask DisposeAsync() => _app.DisposeAsync();

    private async Task Take(HttpContext context)
    {
        using var reader = new StreamReader(context.Request.Body);
        var message = new Message(
            context.Request.Path, context.Request.Headers["webhook-id"]!, context.Request.Headers["webhook-timestamp"]!,
            context.Request.Headers["webhook-signature"]!,
            await reader.ReadToEndAsync());
        context.Response.StatusCode = Answer(context);
        await context.Response.CompleteAsync();
        _messages.Writer.TryWrite(message);
    }
}

internal sealed record Message(string Path, string Id, string Timestamp, string Signature, string Body);
