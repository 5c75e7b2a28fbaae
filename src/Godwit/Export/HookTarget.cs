// One HTTP receiver: its URL, our header fields and certificate, and the one connection to it. Everything that a file says is read when it is made, so a
// reload can refuse it. Redirects are not followed (records would go where nobody has said), no proxy and no cookies are used, and a receiver behind TLS
// must prove its name. Owned by one export; one request at a time.

using System.IO.Compression;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Godwit.Foundation;
using Godwit.Settings;

namespace Godwit.Export;

/// <summary>What came of one request.</summary>
/// <param name="IsTaken">The receiver answered 2xx: it has the records.</param>
/// <param name="Text">Its answer, or why there was none.</param>
internal readonly record struct HookAnswer(bool IsTaken, string Text);

/// <summary>Posts batches.</summary>
internal sealed class HookTarget : IDisposable
{
    /// <summary>The header field that names a batch: the same for each try, so that a receiver can drop what it had before.</summary>
    public const string BatchField = "X-Godwit-Batch";

    /// <summary>What a receiver says in its status line is shown to the operator up to here.</summary>
    private const int MaxWords = 100;

    /// <summary>Longer is meant as "wait", and more than a timer holds.</summary>
    private static readonly TimeSpan _longestPatience = TimeSpan.FromDays(1);

    private readonly AccountingFileSettings _settings;
    private readonly TimeSpan _connectPatience;
    private readonly TimeSpan _patience;
    private readonly TimeProvider _time;
    private readonly HttpClient _client;
    private readonly IReadOnlyList<KeyValuePair<string, string>> _fields;

    private HookTarget(
        AccountingFileSettings settings, TimeProvider time, IReadOnlyList<KeyValuePair<string, string>> fields, SslClientAuthenticationOptions tls)
    {
        (_settings, _time, _fields) = (settings, time, fields);
        _connectPatience = Bounded(settings.WebhookConnectTimeout);
        _patience = Bounded(settings.WebhookIoTimeout);
        var connections = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
            AutomaticDecompression = DecompressionMethods.None,
            MaxConnectionsPerServer = 1,
            ConnectTimeout = _connectPatience,
            PooledConnectionLifetime = TimeSpan.FromMinutes(10), // The name may lead elsewhere by then.
            SslOptions = tls,
        };
        _client = new HttpClient(connections) { Timeout = Timeout.InfiniteTimeSpan }; // Each request has its own, on our clock.
    }

    /// <param name="read">Gives the text of a file; throws <see cref="IOException"/> or <see cref="UnauthorizedAccessException"/>.</param>
    /// <exception cref="ExportException">A file that the settings name cannot be used.</exception>
    public static HookTarget Open(AccountingFileSettings settings, Func<string, string> read, TimeProvider time)
    {
        IReadOnlyList<KeyValuePair<string, string>> fields = settings.WebhookExtraHeaders.Length > 0
            ? HookFields.Read(settings.WebhookExtraHeaders, Text(settings.WebhookExtraHeaders, read))
            : [];
        return new HookTarget(settings, time, fields, Tls(settings, read));
    }

    /// <summary>Posts one batch and waits for its answer. Throws <see cref="OperationCanceledException"/> when the export is to stop.</summary>
    public async Task<HookAnswer> PostAsync(ReadOnlyMemory<byte> body, string batch, CancellationToken cancellation)
    {
        using var late = new CancellationTokenSource();
        await using ITimer deadline = _time.CreateTimer(
            static state => ((CancellationTokenSource)state!).Cancel(), late, _connectPatience + _patience, Timeout.InfiniteTimeSpan);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellation);
        try
        {
            using HttpRequestMessage request = Request(body, batch, deadline);
            using HttpResponseMessage answer = await _client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            string words = $"{(int)answer.StatusCode} {answer.ReasonPhrase}".Trim();
            return new HookAnswer(answer.IsSuccessStatusCode, $"the receiver answers {(words.Length > MaxWords ? words[..MaxWords] : words)}");
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            throw;
        }
        catch (OperationCanceledException)
        {
            return new HookAnswer(false, $"no progress within {_patience.TotalSeconds:0.#} s");
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or InvalidOperationException)
        {
            return new HookAnswer(false, Innermost(failure));
        }
    }

    public void Dispose() => _client.Dispose();

    private static TimeSpan Bounded(TimeSpan wait) =>
        TimeSpan.FromTicks(Math.Clamp(wait.Ticks, TimeSpan.TicksPerMillisecond, _longestPatience.Ticks));

    private HttpRequestMessage Request(ReadOnlyMemory<byte> body, string batch, ITimer deadline)
    {
        bool isGzip = _settings.WebhookEncoding.Length > 0;
        var content = new HookContent(isGzip ? Gzip(body) : body, () => deadline.Change(_patience, Timeout.InfiniteTimeSpan));
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(_settings.IsJson ? "application/json" : "text/csv; charset=utf-8; header=present");
        if (isGzip)
        {
            content.Headers.ContentEncoding.Add("gzip");
        }

        var request = new HttpRequestMessage(HttpMethod.Post, _settings.WebhookUrl) { Content = content };
        request.Headers.UserAgent.Add(new ProductInfoHeaderValue("Godwit", ProductVersion.Text));
        request.Headers.Add(BatchField, batch);
        foreach ((string name, string value) in _fields)
        {
            if (!request.Headers.TryAddWithoutValidation(name, value))
            {
                content.Headers.Remove(name);
                content.Headers.TryAddWithoutValidation(name, value);
            }
        }

        return request;
    }

    private static byte[] Gzip(ReadOnlyMemory<byte> body)
    {
        using var packed = new MemoryStream(body.Length / 4);
        using (var gzip = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            gzip.Write(body.Span);
        }

        return packed.ToArray();
    }

    /// <summary>What the system says, without the layers around it.</summary>
    private static string Innermost(Exception failure)
    {
        while (failure.InnerException is { } inner)
        {
            failure = inner;
        }

        return failure.Message;
    }

    private static SslClientAuthenticationOptions Tls(AccountingFileSettings settings, Func<string, string> read)
    {
        var tls = new SslClientAuthenticationOptions { CertificateRevocationCheckMode = X509RevocationMode.NoCheck };
        if (settings.WebhookCaFile.Length > 0)
        {
            if (!CertificateText.TryReadAll(Text(settings.WebhookCaFile, read), out X509Certificate2Collection authorities, out string fault))
            {
                throw new ExportException($"{settings.WebhookCaFile} {fault}");
            }

            tls.CertificateChainPolicy = new X509ChainPolicy
            {
                TrustMode = X509ChainTrustMode.CustomRootTrust,
                RevocationMode = X509RevocationMode.NoCheck,
                DisableCertificateDownloads = true,
            };
            tls.CertificateChainPolicy.CustomTrustStore.AddRange(authorities);
        }

        if (settings.WebhookCertificate.Length > 0)
        {
            string text = Text(settings.WebhookCertificate, read);
            if (!CertificateText.TryRead(text, "", out CertificateWithKey? found, out string fault))
            {
                throw new ExportException($"{settings.WebhookCertificate} {fault}");
            }

            tls.ClientCertificateContext = ClientCertificate(settings.WebhookCertificate, found!);
        }

        return tls;
    }

    private static SslStreamCertificateContext ClientCertificate(string path, CertificateWithKey found)
    {
        try
        {
            return SslStreamCertificateContext.Create(found.Certificate, found.Others, offline: true);
        }
        catch (CryptographicException refused)
        {
            throw new ExportException($"{path}: the certificate cannot be used: {refused.Message}", refused);
        }
    }

    private static string Text(string path, Func<string, string> read)
    {
        try
        {
            return read(path);
        }
        catch (Exception failure) when (failure is IOException or UnauthorizedAccessException)
        {
            string why = failure is FileNotFoundException or DirectoryNotFoundException ? "no such file" : "it cannot be read";
            throw new ExportException($"{path}: {why}", failure);
        }
    }
}
