using System.Globalization;
using System.Net;
using System.Net.Mime;
using System.Net.Sockets;
using System.Text;
using NnService.Engine.Specs;

namespace NnService.Api.Webhooks;

/// <summary>
/// Sends messages. The address is looked at where the connection is made, after the name has been resolved: a name that leads elsewhere the second time it is
/// asked leads nowhere. No redirects, no proxy, no cookies; of the answer only the status counts.
/// </summary>
internal sealed class WebhookSender : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(15);

    private readonly WebhookSettings _settings;
    private readonly HttpClient _http;

    public WebhookSender(WebhookSettings settings)
    {
        _settings = settings;
        _http = new HttpClient(new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            ConnectCallback = ConnectAsync,
            PooledConnectionLifetime = TimeSpan.Zero, // the name is asked anew each time
        })
        { Timeout = Patience };
    }

    /// <summary>One attempt.</summary>
    public async Task<SendResult> SendAsync(Outgoing message, DateTimeOffset now, CancellationToken cancellation)
    {
        if (!_settings.Allows(new Uri(message.Url)))
            return new SendResult(null, "The host is not in Webhooks:AllowedHosts any more.");
        var timestamp = now.ToUnixTimeSeconds();
        using var request = new HttpRequestMessage(HttpMethod.Post, message.Url)
        {
            Content = new StringContent(message.Payload, Encoding.UTF8, MediaTypeNames.Application.Json),
        };
        request.Headers.Add("webhook-id", message.MessageId);
        request.Headers.Add("webhook-timestamp", timestamp.ToString(CultureInfo.InvariantCulture));
        request.Headers.Add("webhook-signature", WebhookSignature.Of(message.Secret, message.MessageId, timestamp, message.Payload));
        try
        {
            using var answer = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellation);
            var status = (int)answer.StatusCode;
            return new SendResult(status, answer.IsSuccessStatusCode ? null : $"The answer was {status}; 200 to 299 count as delivered.");
        }
        catch (TaskCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return new SendResult(null, $"There was no answer within {Patience.TotalSeconds:0} seconds.");
        }
        catch (HttpRequestException failure)
        {
            return new SendResult(null, Echo.Shorten((failure.InnerException ?? failure).Message));
        }
    }

    public void Dispose() => _http.Dispose();

    // A name that the setting allows must not lead into the private network: there, only addresses that the setting has themselves.
    private static bool MayConnect(string host, IPAddress address) => !PrivateAddresses.Has(address) || IPAddress.TryParse(host.Trim('[', ']'), out _);

    private static async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellation)
    {
        var (host, port) = (context.DnsEndPoint.Host, context.DnsEndPoint.Port);
        var addresses = await Dns.GetHostAddressesAsync(host, cancellation);
        var allowed = addresses.Where(address => MayConnect(host, address)).ToArray();
        if (allowed.Length == 0)
            throw new HttpRequestException(
                $"{host} leads to {string.Join(", ", addresses.Select(address => address.ToString()))}, which is not of the public internet; "
                + "Webhooks:AllowedHosts must have that address itself.");
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(allowed, port, cancellation);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A message with all that sending it takes.</summary>
/// <param name="Number">Of its row.</param>
/// <param name="Attempts">Those that its row counts.</param>
/// <param name="WebhookNumber">Whom it goes to.</param>
/// <param name="MessageId">The same in every attempt.</param>
/// <param name="Payload">The body.</param>
/// <param name="Url">Where to.</param>
/// <param name="Secret">The key of the signature.</param>
internal sealed record Outgoing(long Number, int Attempts, long WebhookNumber, string MessageId, string Payload, string Url, string Secret);
