// The way to the server: POST /command on its management port. Whatever goes wrong becomes a reply with an exit code and a sentence that says what to do.

using System.Net;
using System.Net.Sockets;
using System.Text.Json;

namespace Godwit.Cli;

/// <summary>What a command brought: the text to print and the exit code.</summary>
/// <param name="IsReport">It is the server's, in the format that was asked for.</param>
internal readonly record struct ServerReply(int ExitCode, string Text, bool IsReport = false);

/// <summary>Speaks to one server.</summary>
internal sealed class ServerConnection : IDisposable
{
    private const string TokenHeader = "X-Godwit-Token";

    /// <summary>The one name a token file has; a file of any other name is never read for a server that asks for it.</summary>
    private const string TokenFileName = "control-token";

    /// <summary>Hexadecimal digits of a token.</summary>
    private const int TokenLength = 64;

    /// <summary>The longest list a server sends is some 30 MB.</summary>
    private const int MostOctets = 64 * 1024 * 1024;

    private readonly GlobalOptions _options;
    private readonly HttpClient _http;

    public ServerConnection(GlobalOptions options)
    {
        _options = options;
        _http = new HttpClient(new SocketsHttpHandler { UseProxy = false, UseCookies = false, AllowAutoRedirect = false })
        {
            BaseAddress = options.Server,
            Timeout = options.Timeout,
            MaxResponseContentBufferSize = MostOctets,
        };
    }

    /// <summary>
    /// Runs a command. The token is fetched only when the server asks for it: looking needs none. What went wrong with a queue is shown with the addresses of
    /// its recipients to whoever has the token, and without them to everybody else.
    /// </summary>
    public async Task<ServerReply> RunAsync(IReadOnlyList<string> words, CancellationToken cancellation)
    {
        try
        {
            bool seesMore = words.Contains("--errors") && !words.Contains("--no-rcpt-events");
            string shown = seesMore ? await TokenIfAnyAsync(cancellation) : "";
            using HttpResponseMessage first = await PostAsync(words, shown, cancellation);
            if (first.StatusCode != HttpStatusCode.Forbidden)
            {
                return await ReadAsync(first, cancellation);
            }

            (string token, string problem) = await FindTokenAsync(cancellation);
            if (problem.Length > 0)
            {
                return new ServerReply(ExitCode.Refused, "godwit: " + problem);
            }

            using HttpResponseMessage second = await PostAsync(words, token, cancellation);
            return await ReadAsync(second, cancellation);
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

    private ServerReply Unreachable(string why) => new(
        ExitCode.Unreachable,
        $"""
        godwit: no server answers at {_options.Server} ({why}).
        Start one with "godwitd --config FILE"; when it listens elsewhere, use --server URL or set {GlobalOptions.ServerVariable}.
        """);

    private async Task<HttpResponseMessage> PostAsync(IReadOnlyList<string> words, string token, CancellationToken cancellation)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/command");
        request.Content = new FormUrlEncodedContent([new("command", string.Join(' ', words.Select(Quote))), new("format", _options.Format)]);
        if (token.Length > 0)
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
            HttpStatusCode.Conflict or HttpStatusCode.Forbidden => new ServerReply(ExitCode.Refused, text, IsReport: true),
            _ => new ServerReply(
                ExitCode.Unreachable, $"godwit: what answers at {_options.Server} is not a godwitd that works (HTTP {(int)response.StatusCode})"),
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

    /// <summary>Reads the token from the file that the server names. The server must run on this machine.</summary>
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
        catch (UnauthorizedAccessException)
        {
            return ("", $"this command needs {path}, which you may not read: run it as root or as the server's user");
        }
        catch (Exception error) when (error is IOException or JsonException or KeyNotFoundException or InvalidOperationException)
        {
            return ("", $"the token that this command needs was not found ({error.Message}): run it on the server's machine");
        }
    }

    /// <summary>A word with a blank or a quote travels in quotes, as the server reads it.</summary>
    private static string Quote(string word) => word.Length > 0 && word.AsSpan().IndexOfAny(" \"\\") < 0
        ? word
        : '"' + word.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + '"';
}
