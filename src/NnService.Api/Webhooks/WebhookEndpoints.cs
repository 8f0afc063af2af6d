using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.EntityFrameworkCore;
using NnService.Api.Data;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Engine.Specs;

namespace NnService.Api.Webhooks;

internal static class WebhookEndpoints
{
    private const string ExampleName = "ends";
    private const int MostUrl = 2000;
    private const string Example = """{ "name": "ends", "url": "https://hooks.example.com/nnservice" }""";

    public static void MapWebhooks(this RouteGroupBuilder api)
    {
        var webhooks = api.MapGroup("/webhooks").WithTags("Webhooks");
        webhooks.MapPost("", Create).RequireScope(Scope.Write)
            .Describe(
                "Be told when trainings end",
                "Each end of a training job is posted to the address, signed as the Standard Webhooks specification has it "
                + "(`webhook-id`, `webhook-timestamp`, `webhook-signature`). "
                + "What is not answered with 200 to 299 within 15 seconds is sent again, up to 7 times within 33 hours; redirects are not followed. "
                + "The answer shows the secret, once. 403 unless the host is in the setting `Webhooks:AllowedHosts`.").Named("createWebhook")
            .TakesJson<WebhookRequest>(Example).Returns<NewWebhookResponse>(201).ReturnsLocation(201).Refuses(400, 403, 409, 415);
        webhooks.MapGet("", List).RequireScope(Scope.Read).Describe("List webhooks, newest first", "Without their secrets.").Named("listWebhooks")
            .With(PageQuery.Parameters).Returns<Page<WebhookResponse>>(200);
        ByName(webhooks.MapGet("/{name}", Get).RequireScope(Scope.Read)).Describe("Show a webhook", "Without its secret.").Named("getWebhook").Returns<WebhookResponse>(200);
        ByName(webhooks.MapGet("/{name}/deliveries", Deliveries).RequireScope(Scope.Read))
            .Describe("List what was sent, newest first", "Each message with its attempts, and when it is sent again. It is kept for 30 days, and until it is taken or given up.").Named("listWebhookDeliveries")
            .With(PageQuery.Parameters).Returns<Page<DeliveryResponse>>(200);
        ByName(webhooks.MapDelete("/{name}", Delete).RequireScope(Scope.Write)).Describe("Delete a webhook and its deliveries", "What is still to be sent is not sent.").Named("deleteWebhook").Returns(204);
    }

    private static RouteHandlerBuilder ByName(RouteHandlerBuilder endpoint) => endpoint.PathExample("name", ExampleName).Refuses(404);

    private static async Task<IResult> Create(
        Body<WebhookRequest> body, WebhookSettings settings, Database database, TimeProvider clock, CancellationToken cancellation)
    {
        var request = body.Value;
        if (Problems(request) is { Count: > 0 } problems)
            return Refusal.Invalid(problems);
        var url = new Uri(request.Url!);
        if (!settings.Allows(url))
            return Refusal.Result(
                403,
                settings.IsOn ? $"The host {url.Authority} is not in the setting Webhooks:AllowedHosts."
                    : "Webhooks are off: the setting Webhooks:AllowedHosts names no host.",
                "#/url");
        var secret = request.Secret ?? WebhookSignature.NewSecret();
        var made = await database.WriteAsync(
            db =>
            {
                var webhook = new Webhook
                {
                    Name = request.Name ?? ResourceName.New("webhook"),
                    Url = url.AbsoluteUri,
                    Secret = secret,
                    CreatedAt = clock.GetUtcNow().UtcDateTime,
                    LastTransition = db.JobTransitions.Max(transition => (long?)transition.Number) ?? 0,
                };
                if (db.Webhooks.Any(there => there.Name == webhook.Name))
                    return null;
                db.Webhooks.Add(webhook);
                return webhook;
            },
            cancellation);
        return made is null
            ? Refusal.Conflict("#/name", $"There is a webhook \"{request.Name}\". Choose another name, or delete it first.")
            : TypedResults.Created(
                $"/api/v1/webhooks/{made.Name}", new NewWebhookResponse { Name = made.Name, Url = made.Url, CreatedAt = made.CreatedAt, Secret = secret });
    }

    private static List<SpecProblem> Problems(WebhookRequest request)
    {
        var problems = new List<SpecProblem>();
        if (ResourceName.Problem(request.Name, "#/name") is { } bad)
            problems.Add(bad);
        if (request.Url is not { Length: > 0 and <= MostUrl } text || !Uri.TryCreate(text, UriKind.Absolute, out var url)
            || url.Scheme is not ("http" or "https") || url.UserInfo.Length > 0 || url.Fragment.Length > 0)
            problems.Add(new SpecProblem("#/url", "url must be an http or https address of at most 2,000 characters, without a user and without a fragment."));
        if (request.Secret is { } secret && !WebhookSignature.IsSecret(secret))
            problems.Add(new SpecProblem("#/secret", "secret must be whsec_ and 24 to 64 bytes in base64; left out, one is made."));
        return problems;
    }

    private static Ok<Page<WebhookResponse>> List(PageQuery page, Database database)
    {
        using var db = database.Read();
        var rows = db.Webhooks.Where(webhook => webhook.Number < page.Before).OrderByDescending(webhook => webhook.Number).Take(page.Limit + 1).ToList();
        return TypedResults.Ok(page.Of(rows, webhook => webhook.Number, ResponseOf));
    }

    private static IResult Get(string name, Database database)
    {
        using var db = database.Read();
        return db.Webhooks.FirstOrDefault(webhook => webhook.Name == name) is { } found
            ? TypedResults.Ok(ResponseOf(found))
            : db.NamesOfWebhooks().NotFound("webhook", name);
    }

    private static IResult Deliveries(string name, PageQuery page, Database database)
    {
        using var db = database.Read();
        if (db.Webhooks.FirstOrDefault(webhook => webhook.Name == name) is not { } webhook)
            return db.NamesOfWebhooks().NotFound("webhook", name);
        var rows = db.WebhookDeliveries.Where(delivery => delivery.WebhookNumber == webhook.Number && delivery.Number < page.Before)
            .OrderByDescending(delivery => delivery.Number).Take(page.Limit + 1).ToList();
        return TypedResults.Ok(page.Of(rows, row => row.Number, row => new DeliveryResponse(
            row.MessageId, row.Event, row.CreatedAt, row.Attempts, row.DeliveredAt, row.NextAt, row.LastStatus, row.LastError)));
    }

    private static async Task<IResult> Delete(string name, Database database, CancellationToken cancellation) =>
        await database.WriteFromReserveAsync<IResult>(
            db => db.Webhooks.Where(webhook => webhook.Name == name).ExecuteDelete() > 0 ? TypedResults.NoContent() : db.NamesOfWebhooks().NotFound("webhook", name),
            cancellation);

    private static WebhookResponse ResponseOf(Webhook webhook) => new() { Name = webhook.Name, Url = webhook.Url, CreatedAt = webhook.CreatedAt };
}
