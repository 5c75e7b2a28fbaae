using System.Net;
using Godwit.Verification;
using YamlDotNet.RepresentationModel;

namespace Godwit.Tests.Verification;

public sealed class IprevTests
{
    private const string Zone = """
        1.2.0.192.in-addr.arpa: [ { PTR: false.example }, { PTR: true.example } ]
        2.2.0.192.in-addr.arpa: [ { PTR: false.example } ]
        3.2.0.192.in-addr.arpa: [ TIMEOUT ]
        4.2.0.192.in-addr.arpa: [ { PTR: silent.example } ]
        1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.ip6.arpa: [ { PTR: true.example } ]
        true.example: [ { A: 192.0.2.1 }, { AAAA: "2001:db8::1" } ]
        false.example: [ { A: 192.0.2.200 } ]
        silent.example: [ TIMEOUT ]
        """;

    [Theory]
    [InlineData("192.0.2.1", "pass", "true.example")]
    [InlineData("::ffff:192.0.2.1", "pass", "true.example")]
    [InlineData("2001:db8::1", "pass", "true.example")]
    [InlineData("192.0.2.2", "fail", "")]
    [InlineData("192.0.2.3", "temperror", "")]
    [InlineData("192.0.2.4", "temperror", "")]
    [InlineData("192.0.2.5", "permerror", "")]
    public async Task A_client_is_known_by_a_name_that_leads_back_to_it(string client, string result, string name)
    {
        var stream = new YamlStream();
        using var text = new StringReader(Zone);
        stream.Load(text);

        IprevFinding finding = await IprevCheck.RunAsync(new SuiteZone(stream.Documents[0].RootNode).LookUp, IPAddress.Parse(client), TestContext.Current.CancellationToken);

        Assert.Equal((result, name), (finding.Word, finding.Name));
    }
}
