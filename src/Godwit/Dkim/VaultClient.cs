// Asks the server that keeps keys (HashiCorp Vault's HTTP interface, key-value engine version 1 or 2). Owned by the key rings of one configuration.
// Thread safe. What it answers is bounded; faults say what went wrong and never show the token or a key.

using System.Net;
using System.Text.Json;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Dkim;

/// <summary>Fetches keys.</summary>
internal sealed class VaultClient
{
    /// <summary>A secret of that engine has at most this (Vault's own limit for an entry).</summary>
    private const long MaxAnswer = 1024 * 1024;

    private static readonly TimeSpan _patience = TimeSpan.FromSeconds(10);

    private readonly HttpClient _client;
    private readonly VaultSettings _settings;

    public VaultClient(VaultSettings settings, ServerClock clock)
    {
        _settings = settings;
        Clock = clock;
        var handler = new SocketsHttpHandler { AllowAutoRedirect = false, ConnectTimeout = _patience, PooledConnectionLifetime = TimeSpan.FromMinutes(5) };
        _client = new HttpClient(handler) { Timeout = _patience, MaxResponseContentBufferSize = MaxAnswer };
    }

    public ServerClock Clock { get; }

    /// <summary>A key older than this is asked for again.</summary>
    public TimeSpan CacheTtl => _settings.CacheTtl;

    /// <summary>The PEM text of a key.</summary>
    /// <param name="place"><c>/path:key</c></param>
    /// <exception cref="DkimKeyException">It cannot be had, or is no text.</exception>
    public async Task<string> ReadAsync(string place)
    {
        int colon = place.LastIndexOf(':');
        string path = place[..colon];
        string url = _settings.ServerUrl!.AbsoluteUri.TrimEnd('/') + (path.StartsWith("/v1/", StringComparison.Ordinal) ? "" : "/v1") + path;
        using var question = new HttpRequestMessage(HttpMethod.Get, url);
        question.Headers.TryAddWithoutValidation("X-Vault-Token", _settings.AccessToken.Reveal());
        try
        {
            using HttpResponseMessage answer = await _client.SendAsync(question);
            if (!answer.IsSuccessStatusCode)
            {
                throw Fault(place, Explain(answer.StatusCode), answer.StatusCode == HttpStatusCode.NotFound);
            }

            using JsonDocument document = JsonDocument.Parse(await answer.Content.ReadAsStringAsync());
            return Find(document.RootElement, place[(colon + 1)..])
                ?? throw Fault(place, $"what is kept there has no \"{place[(colon + 1)..]}\"", isMissing: true);
        }
        catch (Exception failure) when (failure is HttpRequestException or TaskCanceledException)
        {
            throw Fault(place, failure is TaskCanceledException ? $"no answer in {_patience.TotalSeconds} seconds" : failure.Message, isMissing: false);
        }
        catch (JsonException)
        {
            throw Fault(place, "the answer is no JSON", isMissing: false);
        }
    }

    /// <summary>Version 2 of the engine has one more <c>data</c> around the values than version 1.</summary>
    private static string? Find(JsonElement answer, string key)
    {
        JsonElement values = answer;
        for (int depth = 0; depth < 2; depth++)
        {
            if (values.ValueKind != JsonValueKind.Object || !values.TryGetProperty("data", out values) || values.ValueKind != JsonValueKind.Object)
            {
                return null;
            }

            if (values.TryGetProperty(key, out JsonElement value) && value.ValueKind == JsonValueKind.String)
            {
                return value.GetString();
            }
        }

        return null;
    }

    private static string Explain(HttpStatusCode status) => status switch
    {
        HttpStatusCode.NotFound => "there is no such path",
        HttpStatusCode.Forbidden or HttpStatusCode.Unauthorized => "the access-token may not read it",
        HttpStatusCode.ServiceUnavailable => "the vault is sealed or being maintained",
        _ => $"the vault answers {(int)status}",
    };

    private static VaultException Fault(string place, string why, bool isMissing) => new($"{{vault}}:{place}: {why}", isMissing);
}
