// Clients that may not send yet: what they are told to do first, and how an operator lets in again whom smtp-max-auth-failure-rate has shut out.

using Godwit.Tests.Support;

namespace Godwit.Tests.Scenarios;

public sealed class ClientsAreKeptOut : IDisposable
{
    private static readonly string _wrong = "AUTH PLAIN " + Convert.ToBase64String("\0tim\0wrong"u8);
    private static readonly string _right = "AUTH PLAIN " + Convert.ToBase64String("\0tim\0tanstaaf"u8);

    private readonly string _files = Directory.CreateTempSubdirectory("godwit-out-").FullName;

    public ClientsAreKeptOut() => File.WriteAllText(Path.Combine(_files, "mx.pem"), new TestAuthority().Issue("mx.test").Pem);

    public void Dispose() => Directory.Delete(_files, recursive: true);

    [Fact]
    public async Task An_operator_sees_who_is_shut_out_and_lets_it_in_before_its_time()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config("allow-unencrypted-plain-auth yes\nsmtp-max-auth-failure-rate 1/10h"));
        Assert.Contains("0 of 0 disabled clients", await server.RunAsync("show disabled clients"), StringComparison.Ordinal);
        Assert.Contains("127.0.0.1 is not shut out", await server.RunAsync("enable client 127.0.0.1"), StringComparison.Ordinal);
        await using (StartTlsClient guesser = await ConnectAsync(server))
        {
            Assert.StartsWith("535", await guesser.AskAsync(_wrong));
            Assert.Contains("0 of 0 disabled clients", await server.RunAsync("show disabled clients"), StringComparison.Ordinal);
            Assert.StartsWith("535", await guesser.AskAsync(_wrong));
        }

        await using (StartTlsClient late = await StartTlsClient.ConnectAsync(server.EndPoint))
        {
            Assert.StartsWith("421", await late.ReplyAsync());
        }

        string shown = await server.RunAsync("show disabled clients");
        Assert.Matches("(?m)^127\\.0\\.0\\.1 +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  +\\d{4}-\\d\\d-\\d\\d \\d\\d:\\d\\d:\\d\\d  +2$", shown);
        Assert.Contains("192.0.2.1 is not shut out", await server.RunAsync("enable client 192.0.2.1"), StringComparison.Ordinal);
        Assert.Contains("1 client(s) enabled", await server.RunAsync("enable client 127.0.0.1"), StringComparison.Ordinal);
        Assert.Contains("0 of 0 disabled clients", await server.RunAsync("show disabled clients"), StringComparison.Ordinal);

        await using StartTlsClient back = await ConnectAsync(server);
        Assert.StartsWith("235", await back.AskAsync(_right));
    }

    [Theory]
    [InlineData("require-starttls-before-auth yes", "530 5.7.0 Must issue a STARTTLS command first")]
    [InlineData("allow-unencrypted-plain-auth yes", "530 5.7.0 authentication required")]
    [InlineData("allow-auth no", "530 5.7.0 authentication required")]
    [InlineData("require-starttls-before-auth yes\nallow-starttls no", "530 5.7.0 authentication required")]
    public async Task Who_cannot_authenticate_in_clear_text_is_told_to_say_STARTTLS_first(string rule, string reply)
    {
        await using RunningServer server = await RunningServer.StartAsync(Config(rule));
        await using StartTlsClient client = await ConnectAsync(server);

        Assert.Equal(reply, await client.AskAsync("MAIL FROM:<a@sender.test>"));
    }

    [Fact]
    public async Task Inside_TLS_authentication_is_what_is_missing()
    {
        await using RunningServer server = await RunningServer.StartAsync(Config("require-starttls-before-auth yes"));
        await using StartTlsClient client = await StartTlsClient.SecureAsync(server.EndPoint);
        await client.AskAsync("EHLO client.test");

        Assert.Equal("530 5.7.0 authentication required", await client.AskAsync("MAIL FROM:<a@sender.test>"));
    }

    private static async Task<StartTlsClient> ConnectAsync(RunningServer server)
    {
        StartTlsClient client = await StartTlsClient.ConnectAsync(server.EndPoint);
        await client.ReplyAsync();
        await client.AskAsync("EHLO client.test");
        return client;
    }

    private string Config(string rule) => $"""
        smtp-server-tls-certificate {_files}/mx.pem
        <source 127.0.0.1>
        require-auth yes
        allow-starttls yes
        {rule}
        </source>
        <smtp-user tim>
          password tanstaaf
        </smtp-user>
        """;
}
