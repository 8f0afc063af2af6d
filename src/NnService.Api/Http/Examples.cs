namespace NnService.Api.Http;

/// <summary>
/// The names in the one story that all examples tell: four people, a 2-2-1 network, and two people it has not seen. The bodies stand beside their endpoints.
/// </summary>
internal static class Examples
{
    public const string NetworkName = "heights-2-2-1";
    public const string DatasetName = "heights";
    public const string ModelName = "heights";
    public const string NumberModelName = "sigmoid-neuron";
    public const string AliasName = "champion";
}
