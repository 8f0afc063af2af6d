using System.Globalization;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace NnService.Benchmarks.Serving;

/// <summary><c>serving bare PORT [CERTIFICATE KEY]</c>: Kestrel alone, over TLS where a certificate and its key are named, which reads the body and answers the
/// same few bytes to everything. What it does per second is the roof over every service on this machine.</summary>
internal static class BareServer
{
    private static readonly byte[] s_answer = """{"model":"bare","version":1,"predictions":[{"value":0.5}]}"""u8.ToArray();

    public static int Run(string port, string? file = null, string? key = null)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelHttpsConfiguration();
        builder.WebHost.ConfigureKestrel(server => server.Listen(IPAddress.Loopback, int.Parse(port, CultureInfo.InvariantCulture), listening =>
        {
            if (file is not null && key is not null)
                listening.UseHttps(X509Certificate2.CreateFromPemFile(file, key));
        }));
        var app = builder.Build();
        app.Run(async context =>
        {
            var length = (int)context.Request.ContentLength!.Value;
            var read = await context.Request.BodyReader.ReadAtLeastAsync(length);
            context.Request.BodyReader.AdvanceTo(read.Buffer.End);
            context.Response.ContentType = "application/json; charset=utf-8";
            context.Response.ContentLength = s_answer.Length;
            await context.Response.BodyWriter.WriteAsync(s_answer);
        });
        app.Run();
        return 0;
    }
}
