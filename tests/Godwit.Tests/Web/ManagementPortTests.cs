using System.Runtime.Versioning;
using Godwit.Foundation;
using Godwit.Tests.Control;
using Godwit.Tests.Support;
using Godwit.Web;
using Microsoft.Extensions.Logging.Abstractions;

namespace Godwit.Tests.Web;

[SupportedOSPlatform("linux")]
public sealed class ManagementPortTests : IAsyncLifetime
{
    private readonly TestServer _server = new();
    private readonly string _folder = Directory.CreateTempSubdirectory("godwit-port-").FullName;
    private readonly HttpClient _http = new();
    private ManagementPort _port = null!;

    private string TokenFile => Path.Combine(_folder, "control-token");

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync()
    {
        _port = new ManagementPort(_server.Operator, TokenFile, NullLoggerFactory.Instance);
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _port.DisposeAsync();
        Directory.Delete(_folder, recursive: true);
    }

    [Fact]
    public async Task Only_the_owner_may_read_the_token_and_it_goes_with_the_server()
    {
        await MoveAsync(Tool.FreePort());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(TokenFile));
        string first = await File.ReadAllTextAsync(TokenFile, Cancellation);
        Assert.Equal(64, first.Trim().Length);

        await _port.DisposeAsync();
        Assert.False(File.Exists(TokenFile));

        await InitializeAsync();
        await MoveAsync(Tool.FreePort());
        Assert.NotEqual(first, await File.ReadAllTextAsync(TokenFile, Cancellation));
    }

    [Fact]
    public async Task A_port_that_moves_answers_at_the_new_place_only_and_keeps_its_token()
    {
        await MoveAsync(Tool.FreePort());
        int before = _port.Port;
        string token = await File.ReadAllTextAsync(TokenFile, Cancellation);

        await MoveAsync(Tool.FreePort());

        Assert.NotEqual(before, _port.Port);
        Assert.Equal("ok\n", await AskAsync(_port.Port));
        Assert.Equal(token, await File.ReadAllTextAsync(TokenFile, Cancellation));
        await Eventually.TrueAsync(() => !Answers(before), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_port_can_be_switched_off_and_on()
    {
        await MoveAsync(0);
        Assert.Equal(0, _port.Port);
        Assert.False(File.Exists(TokenFile));

        int port = Tool.FreePort();
        await MoveAsync(port);
        Assert.Equal("ok\n", await AskAsync(port));

        await MoveAsync(0);
        await Eventually.TrueAsync(() => !Answers(port), TimeSpan.FromSeconds(10));
    }

    [Fact]
    public async Task A_port_that_cannot_be_had_leaves_everything_as_it_was()
    {
        await MoveAsync(Tool.FreePort());
        int before = _port.Port;
        await using var other = new ScriptedSmtpServer();

        await Assert.ThrowsAsync<PortUnavailableException>(() => _port.PrepareAsync(other.Port, everywhere: false, Cancellation));
        IPreparedChange change = await _port.PrepareAsync(Tool.FreePort(), everywhere: false, Cancellation);
        await change.CancelAsync();

        Assert.Equal(before, _port.Port);
        Assert.Equal("ok\n", await AskAsync(before));
    }

    private async Task MoveAsync(int port)
    {
        IPreparedChange change = await _port.PrepareAsync(port, everywhere: false, Cancellation);
        await change.CommitAsync();
    }

    private Task<string> AskAsync(int port) => _http.GetStringAsync(new Uri($"http://127.0.0.1:{port}/health"), Cancellation);

    private static bool Answers(int port)
    {
        using var client = new System.Net.Sockets.TcpClient();
        try
        {
            client.Connect(System.Net.IPAddress.Loopback, port);
            return true;
        }
        catch (System.Net.Sockets.SocketException)
        {
            return false;
        }
    }
}
