using System.Net.Sockets;
using System.Text;

namespace NnService.Api.Tests;

/// <summary>Sends bytes as they stand, for requests that no client library would send.</summary>
public static class RawHttp
{
    /// <summary>The whole answer, as text; the connection is closed by the service, or here at the end of the time.</summary>
    /// <param name="http">Says where the service is.</param>
    /// <param name="request">The request; line ends are those of HTTP.</param>
    public static async Task<string> Send(HttpClient http, string request)
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        using var connection = new TcpClient();
        await connection.ConnectAsync(http.BaseAddress!.Host, http.BaseAddress.Port, deadline.Token);
        await using var stream = connection.GetStream();
        await stream.WriteAsync(Encoding.Latin1.GetBytes(request.ReplaceLineEndings("\r\n")), deadline.Token);
        using var answer = new MemoryStream();
        await stream.CopyToAsync(answer, deadline.Token);
        return Encoding.UTF8.GetString(answer.ToArray());
    }

    /// <summary>The status of such an answer.</summary>
    public static int StatusOf(string answer) => int.Parse(answer.Split(' ', 3)[1]);
}
