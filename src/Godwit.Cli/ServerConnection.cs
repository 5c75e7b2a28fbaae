// The way to the server: POST /command on its management port. Whatever goes wrong becomes a reply with an exit code and a sentence that says what to do.

using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Godwit.Cli;

/// <summary>What a command brought: the text to print and the exit code.</summary>
/// <param name="IsReport">It is the server's, in the format that was asked for.</param>
internal readonly record struct ServerReply(int ExitCode, string Text, bool IsReport = false)
{
    /// <summary>A server is there, and its certificate is not believed.</summary>
    public bool IsUntrusted { get; init; }

    /// <summary>What this program has to say beside a report of the server that only a program reads; empty for nothing.</summary>
    public string Remark { get; init; } = "";

    /// <summary>Whether the server wants another proof.</summary>
    public bool IsForbidden { get; init; }
}

/// <summary>Speaks to one server.</summary>
internal sealed class ServerConnection : IDisposable
{
    private const string TokenHeader = "X-Godwit-Token";

    private const string KeyHeader = "X-API-Key";

    /// <summary>The one name a token file has; a file of any other name is never read for a server that asks for it.</summary>
    private const string TokenFileName = "control-token";

    /// <summary>Hexadecimal digits of a token.</summary>
    private const int TokenLength = 64;

    /// <summary>The longest list a server sends is some 30 MB.</summary>
    private const int MostOctets = 64 * 1024 * 1024;

    private readonly GlobalOptions _options;
    private readonly ServerTrust _trust;
    private readonly SocketsHttpHandler _sockets;
    private readonly HttpClient _http;

    /// <summary>Null until it was looked for.</summary>
    private string? _key;

    public ServerConnection(GlobalOptions options)
    {
        _options = options;
        _trust = new ServerTrust(options.Access);
        _sockets = new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false };
        if (IsHttps)
        {
            _sockets.SslOptions.CertificateRevocationCheckMode = X509RevocationMode.NoCheck;
            _sockets.SslOptions.RemoteCertificateValidationCallback = (_, certificate, chain, errors) => _trust.Judge(certificate, chain, errors);
        }

        _http = new HttpClient(_sockets)
        {
            BaseAddress = options.Access.Server,
            Timeout = options.Timeout,
            MaxResponseContentBufferSize = MostOctets,
        };
    }

    private Uri Server => _options.Access.Server;

    private bool IsHttps => Server.Scheme == Uri.UriSchemeHttps;

    /// <summary>
    /// Runs a command. The token is fetched where the server asks for it, and for lists: what hosts said stands there with addresses for whoever has the token
    /// or a key, and without them for everybody else.
    /// </summary>
    public async Task<ServerReply> RunAsync(IReadOnlyList<string> words, CancellationToken cancellation)
    {
        if (Prepare() is { Length: > 0 } lack)
        {
            return new ServerReply(ExitCode.Usage, "godwit: " + lack);
        }

        try
        {
            return Remarked(await AskAsync(words, cancellation));
        }
        catch (HttpRequestException) when (_trust.Refusal.Length > 0)
        {
            return new ServerReply(ExitCode.Unreachable, $"godwit: the certificate of {Server} is not trusted: {_trust.Refusal}") { IsUntrusted = true };
        }
        catch (HttpRequestException error) when (error.HttpRequestError == HttpRequestError.SecureConnectionError)
        {
            return new ServerReply(ExitCode.Unreachable, $"""
                godwit: what answers at {Server} does not speak TLS with us ({(error.InnerException ?? error).Message.TrimEnd('.')}).
                Without http-tls-certificate the port speaks HTTP only: --server http://{Server.Authority}
                """);
        }
        catch (HttpRequestException error)
        {
            return Unreachable(error.InnerException is SocketException socket ? socket.Message : error.Message);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return Unreachable($"no answer within {_options.Timeout.TotalSeconds:0} s");
        }
    }

    public void Dispose() => _http.Dispose();

    /// <summary>A refusal for want of a key that is there and not for this server says so.</summary>
    private ServerReply Remarked(ServerReply reply) =>
        !reply.IsForbidden || _options.Access.KeptKey is not { Length: > 0 } kept ? reply
        : reply.IsReport && _options.Format != "text" ? reply with { Remark = "godwit: " + kept }
        : reply with { Text = $"{reply.Text.TrimEnd('\n')}\n{kept}" };

    private async Task<ServerReply> AskAsync(IReadOnlyList<string> words, CancellationToken cancellation)
    {
        bool seesMore = _key!.Length == 0 && Server.IsLoopback && TellsOfHosts(words);
        string shown = seesMore ? await TokenIfAnyAsync(cancellation) : "";
        using HttpResponseMessage first = await PostAsync(words, shown, cancellation);
        if (first.StatusCode != HttpStatusCode.Forbidden || _key!.Length > 0)
        {
            return await ReadAsync(first, cancellation);
        }

        (string token, string problem) = await FindTokenAsync(cancellation);
        if (token.Length == 0)
        {
            return problem.Length > 0 ? new ServerReply(ExitCode.Refused, "godwit: " + problem) { IsForbidden = true } : await ReadAsync(first, cancellation);
        }

        using HttpResponseMessage second = await PostAsync(words, token, cancellation);
        return await ReadAsync(second, cancellation);
    }

    /// <summary>Every list may; two answers never do, and monitoring asks for those all the time.</summary>
    private static bool TellsOfHosts(IReadOnlyList<string> words) =>
        words is [{ Length: > 0 } verb, { Length: > 0 } noun, ..] && "show".StartsWith(verb, StringComparison.OrdinalIgnoreCase)
        && !"status".StartsWith(noun, StringComparison.OrdinalIgnoreCase) && !"version".StartsWith(noun, StringComparison.OrdinalIgnoreCase);

    /// <summary>Reads what shall prove who speaks to whom, once. Returns why nothing may be asked; empty when it may.</summary>
    private string Prepare()
    {
        if (_key is not null)
        {
            return "";
        }

        string problem = _options.Access.Problem.Length > 0 ? _options.Access.Problem : IsHttps ? _trust.Open() : "";
        if (problem.Length == 0)
        {
            _sockets.SslOptions.CertificateChainPolicy = _trust.Policy();
            problem = ReadKey(out string key);
            problem = problem.Length == 0 && key.Length > 0 && !IsHttps && !Server.IsLoopback
                ? $"a key would cross the network readable: write https:// before {Server.Authority}" : problem;
            _key = problem.Length == 0 ? key : null;
        }

        return problem;
    }

    private string ReadKey(out string key)
    {
        key = _options.Access.ApiKey;
        string where = ServerAccess.KeyVariable;
        if (_options.Access.ApiKeyFile is { Length: > 0 } file)
        {
            where = file;
            try
            {
                key = File.ReadLines(file).FirstOrDefault("").Trim();
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException)
            {
                return $"the key in {file} cannot be read: {error.Message}";
            }

            if (key.Length == 0)
            {
                return $"{file} holds no key: its first line has to be one of the server's http-api-key";
            }
        }

        // What else stands there is not repeated: it may be a password.
        return key.All(static c => char.IsAsciiLetterOrDigit(c) || c == '_') ? ""
            : $"what {where} holds is no key: an http-api-key has letters, digits and _ only";
    }

    private ServerReply Unreachable(string why) => new(
        ExitCode.Unreachable,
        $"""
        godwit: no server answers at {Server} ({why}).
        Start one with "godwitd --config FILE"; when it listens elsewhere, use --server URL or set {ServerAccess.ServerVariable}.
        """);

    private async Task<HttpResponseMessage> PostAsync(IReadOnlyList<string> words, string token, CancellationToken cancellation)
    {
        // In the address for what is refused before the form is read; in the form for older servers, which look there only.
        using var request = new HttpRequestMessage(HttpMethod.Post, "/command?format=" + _options.Format);
        request.Content = new FormUrlEncodedContent([new("command", string.Join(' ', words.Select(Quote))), new("format", _options.Format)]);
        if (_key!.Length > 0)
        {
            request.Headers.Add(KeyHeader, _key);
        }
        else if (token.Length > 0)
        {
            request.Headers.Add(TokenHeader, token);
        }

        return await _http.SendAsync(request, cancellation);
    }

    private async Task<ServerReply> ReadAsync(HttpResponseMessage response, CancellationToken cancellation)
    {
        string text = await response.Content.ReadAsStringAsync(cancellation);
        return response.StatusCode switch
        {
            HttpStatusCode.OK => new ServerReply(ExitCode.Done, text, IsReport: true),
            HttpStatusCode.BadRequest => new ServerReply(ExitCode.Usage, text, IsReport: true),
            HttpStatusCode.Conflict => new ServerReply(ExitCode.Refused, text, IsReport: true),
            HttpStatusCode.Forbidden => new ServerReply(ExitCode.Refused, text, IsReport: true) { IsForbidden = true },
            _ => new ServerReply(
                ExitCode.Unreachable, $"godwit: what answers at {Server} is not a godwitd that works (HTTP {(int)response.StatusCode})"),
        };
    }

    /// <summary>The token, or nothing where it cannot be had: another machine's server, or a file that this user may not read.</summary>
    private async Task<string> TokenIfAnyAsync(CancellationToken cancellation)
    {
        try
        {
            return (await FindTokenAsync(cancellation)).Token;
        }
        catch (HttpRequestException)
        {
            return "";
        }
    }

    /// <summary>
    /// Reads the token from the file that the server names. The server must run on this machine. Without token and problem the server does not name it, and
    /// what it said at first is all there is to say.
    /// </summary>
    private async Task<(string Token, string Problem)> FindTokenAsync(CancellationToken cancellation)
    {
        string path = "";
        try
        {
            using var control = JsonDocument.Parse(await _http.GetStringAsync("/control", cancellation));
            path = control.RootElement.GetProperty("data").GetProperty("tokenFile").GetString() ?? "";
            if (Path.GetFileName(path) != TokenFileName)
            {
                return ("", $"the server names no token file: {path}");
            }

            string token = (await File.ReadAllTextAsync(path, cancellation)).TrimEnd('\n');
            return token.Length == TokenLength && token.All(char.IsAsciiHexDigit) ? (token, "") : ("", $"{path} holds no token");
        }
        catch (HttpRequestException refused) when (refused.StatusCode is not null)
        {
            return ("", "");
        }
        catch (UnauthorizedAccessException)
        {
            return ("", $"this command needs {path}, which you may not read: run it as root or as the server's user");
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ("", $"the token that this command needs was not found ({error.Message}): run it on the server's machine, "
                + $"or give a key of its http-api-key (--api-key-file, {ServerAccess.KeyVariable})");
        }
    }

    /// <summary>A word with a blank or a quote travels in quotes, as the server reads it.</summary>
    private static string Quote(string word) => word.Length > 0 && word.AsSpan().IndexOfAny(" \"\\") < 0
        ? word
        : '"' + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';
}
