using System.Net;
using System.Net.Sockets;
using System.Text;
using Godwit.Settings;

namespace Godwit.Tests.Web;

/// <summary>HEAD is GET without the body, for everybody and everywhere.</summary>
public sealed class HeadRequestTests
{
    private const string Stream = "/api/v1/stream";

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(AccessLevel.None)]
    [InlineData(AccessLevel.Monitor)]
    [InlineData(AccessLevel.Operator)]
    [InlineData(AccessLevel.Admin)]
    public async Task Every_address_that_has_GET_answers_HEAD_alike_and_without_a_body(AccessLevel level)
    {
        await using PortLab lab = await PortLab.OpenApiAsync(level);
        lab.WriteConfig();
        string[] addresses =
        [
            .. lab.Console.Routes.Where(route => route.Method == "GET" && route.Pattern != Stream)
                .Select(route => "/" + string.Join('/', route.Pattern.TrimStart('/').Split('/').Select(part => part.Contains('{') ? "1" : part))),
            "/queues?queue=none.example&format=json", "/nothing/here", "/command",
        ];

        foreach (string address in addresses)
        {
            PortLab.Answer get = await lab.GetAsync(address);
            PortLab.Answer head = await lab.SendAsync(HttpMethod.Head, address);

            Assert.True((get.Status, "") == (head.Status, head.Body), $"{address}: {get.Status}, and for HEAD {head.Status} {head.Body}");
            Assert.Equal(get.Headers.GetValueOrDefault("Content-Type"), head.Headers.GetValueOrDefault("Content-Type"));
            Assert.Equal(get.Headers.GetValueOrDefault("Content-Length"), head.Headers.GetValueOrDefault("Content-Length"));
        }

        Assert.True(addresses.Length > 40, $"{addresses.Length} addresses");
    }

    [Fact]
    public async Task A_stream_is_only_announced_and_takes_no_place()
    {
        await using PortLab lab = await PortLab.OpenApiAsync(AccessLevel.Monitor);
        for (int i = 0; i < 100; i++)
        {
            PortLab.Answer head = await lab.SendAsync(HttpMethod.Head, Stream);

            Assert.Equal((200, "text/event-stream", ""), (head.Status, head.Headers["Content-Type"], head.Body));
        }
    }

    [Fact]
    public async Task Behind_the_head_comes_the_next_answer()
    {
        await using PortLab lab = await PortLab.OpenAsync(AccessLevel.Monitor);
        using var client = new TcpClient();
        await client.ConnectAsync(IPAddress.Loopback, lab.Console.Port, Cancellation);
        await using NetworkStream stream = client.GetStream();

        await stream.WriteAsync(
            "HEAD /health HTTP/1.1\r\nHost: localhost\r\n\r\nGET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"u8.ToArray(), Cancellation);
        using var reader = new StreamReader(stream, Encoding.ASCII);
        string[] answers = (await reader.ReadToEndAsync(Cancellation)).Split("\r\n\r\n");

        Assert.Equal(3, answers.Length);
        Assert.Contains("\r\nContent-Length: 3\r\n", answers[0], StringComparison.Ordinal);
        Assert.StartsWith("HTTP/1.1 200 OK\r\n", answers[1], StringComparison.Ordinal);
        Assert.Equal("ok\n", answers[2]);
    }
}
