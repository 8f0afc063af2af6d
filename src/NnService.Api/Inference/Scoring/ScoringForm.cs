using System.Net.Mime;
using Microsoft.Net.Http.Headers;
using NnService.Api.Errors;
using NnService.Api.Http;
using NnService.Api.Models.Predictions;
using NnService.Engine.Specs;

namespace NnService.Api.Inference.Scoring;

/// <summary>Which forms rows come in and are answered in, as the types in the headers say.</summary>
internal static class ScoringForm
{
    private const string Taken = $"{MediaTypeNames.Application.Json}, {MediaTypeNames.Text.Csv} or application/jsonlines";

    // What SageMaker's clients send and ask for beside, and the forms of curl -F: bytes that would be taken for broken JSON.
    private static readonly string[] s_foreign =
        ["multipart/form-data", "application/x-npy", "application/x-npz", "text/libsvm", "text/x-libsvm", "application/x-recordio-protobuf", "application/x-parquet"];

    /// <summary>The form that a caller prefers; JSON, the first, where none is named that is known. Errors: <see cref="ProblemException"/>, 406.</summary>
    public static AnswerForm AnswerOf(HttpRequest request)
    {
        string[] forms = [MediaTypeNames.Application.Json, .. TableTypes.Commas, .. TableTypes.Lines];
        var form = Acceptable.Preferred(request, forms);
        if (form is null && Acceptable.Preferred(request, s_foreign) is { } foreign)
            throw Refusal.Exception(406, $"Predictions do not come as {foreign}; ask for {Taken}.");
        return TableTypes.Commas.Contains(form) ? new CsvAnswer() : TableTypes.Lines.Contains(form) ? new JsonLinesAnswer(form!) : BareAnswer.Form;
    }

    /// <summary>Whether a body is JSON lines; otherwise it is JSON, whatever it is called. Errors: <see cref="ProblemException"/>, 415.</summary>
    public static bool IsLines(HttpRequest request)
    {
        if (!MediaTypeHeaderValue.TryParse(request.ContentType, out var type))
            return false;
        if (s_foreign.Contains(type.MediaType.Value, StringComparer.OrdinalIgnoreCase))
            throw Refusal.Exception(415, $"The content type \"{Echo.Cut(request.ContentType)}\" is not taken; send {Taken}.");
        return TableTypes.Is(type, TableTypes.Lines);
    }
}
