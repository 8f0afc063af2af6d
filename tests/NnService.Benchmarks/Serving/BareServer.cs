using System.Globalization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace NnService.Benchmarks.Serving;

/// <summary><c>serving bare PORT</c>: Kestrel alone, which reads the body and answers the same few bytes to everything. What it does per second is the roof
/// over every service on this machine.</summary>
internal static class BareServer
{
    private static readonly byte[] s_answer = """{"model":"bare","version":1,"predictions":[{"value":0.5}]}"""u8.ToArray();

    public static int Run(string port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{int.Parse(port, CultureInfo.InvariantCulture)}");
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
