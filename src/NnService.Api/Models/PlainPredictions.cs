using NnService.Api.Limits;

namespace NnService.Api.Models;

/// <summary>
/// Answers predictions of plain rows ahead of routing, filters and bound parameters, which together would cost as much as the prediction. Whatever is unusual
/// about a request goes the general way, and so do a name that leads nowhere, a model that is not ready and rows that take long.
/// </summary>
internal static class PlainPredictions
{
    private const string Before = "/api/v1/models/";
    private const string Between = "/versions/";
    private const string Behind = "/predict";

    public static void UsePlainPredictions(this WebApplication app)
    {
        var models = app.Services.GetRequiredService<ModelStore>();
        var inRows = app.Services.GetRequiredService<RowPrediction>();
        app.Use(next =>
        {
            return context => Find(context.Request) is { PlainRows: { } plain } loaded && RowPrediction.IsQuick(context.Request, loaded) ? Answer(context, loaded, plain) : next(context);

            async Task Answer(HttpContext context, LoadedModel loaded, PlainRows plain)
            {
                if (await inRows.TryAsync(context, plain, loaded, new Predictions(loaded, Predictions.EvenThreshold)) is { } answer)
                    await answer.ExecuteAsync(context);
                else
                    await next(context);
            }
        });

        LoadedModel? Find(HttpRequest request)
        {
            var path = request.Path.Value!;
            if (!path.StartsWith(Before, StringComparison.Ordinal) || !path.EndsWith(Behind, StringComparison.Ordinal) || path.Length <= Before.Length + Behind.Length
                || !HttpMethods.IsPost(request.Method) || request.QueryString.HasValue || request.ContentLength > LongRequest.QuickJson || !RowPrediction.IsFor(request))
                return null;
            var named = path.AsSpan(Before.Length..^Behind.Length);
            var slash = named.IndexOf('/');
            if (slash < 0)
                return models.Ready(named.ToString(), null);
            var version = named[slash..];
            return version.StartsWith(Between) && !version[Between.Length..].Contains('/') ? models.Ready(named[..slash].ToString(), version[Between.Length..].ToString()) : null;
        }
    }
}
