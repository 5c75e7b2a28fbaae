// A server that keeps secrets, as HashiCorp Vault's HTTP interface shows them. Ended by the test that owns it.

using System.Net;
using System.Text.Json;

namespace Godwit.Tests.Support;

/// <summary>Answers GET /v1/PATH for whoever has the token.</summary>
internal sealed class VaultServer : IAsyncDisposable
{
    public const string Token = "s.planted-token-0123456789";

    private readonly HttpListener _listener = new();
    private readonly Task _run;
    private int _asked;

    /// <param name="answer">The JSON text for a path, or null for none.</param>
    public VaultServer(Func<string, string?> answer)
    {
        Url = $"http://127.0.0.1:{Tool.FreePort()}";
        _listener.Prefixes.Add(Url + "/");
        _listener.Start();
        _run = Task.Run(() => RunAsync(answer));
    }

    public string Url { get; }

    /// <summary>Questions so far.</summary>
    public int Asked => Volatile.Read(ref _asked);

    /// <summary>A key as version 2 of the key-value engine shows it.</summary>
    public static string Second(string name, string pem) => JsonSerializer.Serialize(new { data = new { data = new Dictionary<string, string> { [name] = pem }, metadata = new { version = 3 } } });

    /// <summary>As version 1 shows it.</summary>
    public static string First(string name, string pem) => JsonSerializer.Serialize(new { lease_duration = 10, data = new Dictionary<string, string> { [name] = pem } });

    public async ValueTask DisposeAsync()
    {
        _listener.Close();
        await _run;
    }

    private async Task RunAsync(Func<string, string?> answer)
    {
        while (true)
        {
            HttpListenerContext call;
            try
            {
                call = await _listener.GetContextAsync();
            }
            catch (Exception closed) when (closed is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Interlocked.Increment(ref _asked);
            string? text = answer(call.Request.Url!.AbsolutePath);
            call.Response.StatusCode = call.Request.Headers["X-Vault-Token"] != Token ? 403 : text is null ? 404 : 200;
            await using (var writer = new StreamWriter(call.Response.OutputStream))
            {
                await writer.WriteAsync(call.Response.StatusCode == 200 ? text : """{"errors":[]}""");
            }

            call.Response.Close();
        }
    }
}
