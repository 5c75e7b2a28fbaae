using System.Net;
using System.Text;
using Godwit.Sasl;
using Godwit.Settings;
using Godwit.Tests.Reception;

namespace Godwit.Tests.Sasl;

/// <summary>The examples that the standards print, for both sides.</summary>
public sealed class SaslVectorTests : IDisposable
{
    private readonly PasswordWork _work = new();

    public void Dispose() => _work.Dispose();

    [Fact]
    public async Task Plain_as_in_RFC_4616()
    {
        var exchange = SaslExchange.Begin(SaslMechanism.Plain, Book(("tim", "tanstaaftanstaaf")), IPAddress.Loopback, "mta.example", []);

        SaslStep step = await exchange.StepAsync("\0tim\0tanstaaftanstaaf"u8.ToArray());

        Assert.Equal(SaslStatus.Success, step.Status);
        Assert.Equal("tim", exchange.User?.Name);
        Assert.Equal("\0tim\0tanstaaftanstaaf"u8.ToArray(), SaslClient.Begin(SaslMechanism.Plain, "tim", "tanstaaftanstaaf").FirstMessage());
    }

    [Fact]
    public async Task Plain_for_somebody_else_as_in_RFC_4616_is_refused()
    {
        var exchange = SaslExchange.Begin(SaslMechanism.Plain, Book(("Kurt", "xipj3plmq"), ("Ursel", "other")), IPAddress.Loopback, "mta.example", []);

        SaslStep step = await exchange.StepAsync("Ursel\0Kurt\0xipj3plmq"u8.ToArray());

        Assert.Equal(SaslStatus.Failure, step.Status);
        Assert.Null(exchange.User);
    }

    [Theory]
    [InlineData("Kurt")]
    [InlineData("kURT")]
    [InlineData("\u00e4rger")]
    [InlineData("\u00c4rger")]
    public async Task Plain_for_oneself_is_no_failure_whatever_letters_the_name_has(string actsFor)
    {
        string name = actsFor.Length == 4 ? "Kurt" : "\u00e4rger";
        var exchange = SaslExchange.Begin(SaslMechanism.Plain, Book((name, "secret")), IPAddress.Loopback, "mta.example", []);

        SaslStep step = await exchange.StepAsync(Encoding.UTF8.GetBytes($"{actsFor}\0{name}\0secret"));

        Assert.Equal(SaslStatus.Success, step.Status);
    }

    [Fact]
    public async Task Cram_md5_as_in_RFC_2195()
    {
        byte[] challenge = "<1896.697170952@postoffice.reston.mci.net>"u8.ToArray();
        byte[] response = "tim b913a602c7eda7a495b4e6e7334d3890"u8.ToArray();
        var exchange = new CramMd5Exchange(Book(("tim", "tanstaaftanstaaf")), challenge);

        SaslStep asked = await exchange.StepAsync(null);
        SaslStep step = await exchange.StepAsync(response);

        Assert.Equal(challenge, asked.Challenge.ToArray());
        Assert.Equal(SaslStatus.Success, step.Status);
        Assert.Equal(response, SaslClient.Begin(SaslMechanism.CramMd5, "tim", "tanstaaftanstaaf").Answer(challenge));
    }

    [Fact]
    public async Task Scram_sha_256_as_in_RFC_7677_from_a_hashed_password()
    {
        byte[] salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        string hashed = $"{{pbkdf2}}4096$W22ZaJ0SNY7soEsUEjb6gQ==${Convert.ToBase64String(PasswordHash.Derive("pencil"u8, salt, 4096))}";
        var exchange = new ScramExchange(Book(("user", hashed)), IPAddress.Loopback, "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0");

        SaslStep first = await exchange.StepAsync("n,,n=user,r=rOprNGfwEbeRWgbNEkqO"u8.ToArray());
        SaslStep final = await exchange.StepAsync(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ="u8.ToArray());
        SaslStep end = await exchange.StepAsync([]);

        Assert.Equal("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", Text(first));
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", Text(final));
        Assert.Equal(SaslStatus.Success, end.Status);
        Assert.Equal("user", exchange.User?.Name);
    }

    [Fact]
    public void Scram_sha_256_as_in_RFC_7677_for_the_client()
    {
        var client = new ScramClient("user", "pencil", "rOprNGfwEbeRWgbNEkqO");

        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Encoding.ASCII.GetString(client.FirstMessage()!));
        byte[]? final = client.Answer("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8);
        Assert.Equal(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", Encoding.ASCII.GetString(final!));
        Assert.False(client.MayEnd);
        Assert.Empty(client.Answer("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8)!);
        Assert.True(client.MayEnd);
    }

    [Theory]
    [InlineData("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl94G4=")]
    [InlineData("v=")]
    [InlineData("e=other-error")]
    [InlineData("")]
    public void A_host_that_does_not_know_the_password_is_not_believed(string signature)
    {
        var client = new ScramClient("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
        client.Answer("r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096"u8);

        Assert.Null(client.Answer(Encoding.ASCII.GetBytes(signature)));
        Assert.False(client.MayEnd);
    }

    [Theory]
    [InlineData("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=2000000000")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22Z!,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx")]
    public void A_challenge_that_makes_the_password_easy_to_guess_or_hard_to_hash_is_not_answered(string challenge)
    {
        Assert.Null(new ScramClient("user", "pencil", "rOprNGfwEbeRWgbNEkqO").Answer(Encoding.ASCII.GetBytes(challenge)));
    }

    [Fact]
    public void XOAuth2_as_its_authors_publish_it()
    {
        var client = SaslClient.Begin(SaslMechanism.XOAuth2, "someuser@example.com", "ya29.vF9dft4qmTc2Nvb3RlckBhdHRhdmlzdGEuY29tCg");

        Assert.Equal(
            "dXNlcj1zb21ldXNlckBleGFtcGxlLmNvbQFhdXRoPUJlYXJlciB5YTI5LnZGOWRmdDRxbVRjMk52YjNSbGNrQmhkSFJoZG1semRHRXVZMjl0Q2cBAQ==",
            Convert.ToBase64String(client.FirstMessage()!));
        Assert.Empty(client.Answer("{\"status\":\"401\",\"schemes\":\"bearer mac\"}"u8)!);
    }

    [Theory]
    [InlineData("n,,n=user,r=abc", SaslStatus.Challenge)]
    [InlineData("y,,n=user,r=abc", SaslStatus.Challenge)]
    [InlineData("n,a=user,n=user,r=abc", SaslStatus.Challenge)]
    [InlineData("n,,n=a=2Cb=3Dc,r=abc", SaslStatus.Challenge)]
    [InlineData("n,a=other,n=user,r=abc", SaslStatus.Failure)]
    [InlineData("p=tls-unique,,n=user,r=abc", SaslStatus.Malformed)]
    [InlineData("n,,m=ext,n=user,r=abc", SaslStatus.Malformed)]
    [InlineData("n,,n=user=,r=abc", SaslStatus.Malformed)]
    [InlineData("n,,n=,r=abc", SaslStatus.Malformed)]
    [InlineData("n,,n=user,r=", SaslStatus.Malformed)]
    [InlineData("n,,n=user", SaslStatus.Malformed)]
    [InlineData("n", SaslStatus.Malformed)]
    [InlineData("", SaslStatus.Malformed)]
    public async Task A_first_message_of_scram_is_read_to_the_letter(string message, SaslStatus expected)
    {
        SaslStep step = await new ScramExchange(Book(("user", "pencil")), IPAddress.Loopback, "ours").StepAsync(Encoding.ASCII.GetBytes(message));

        Assert.Equal(expected, step.Status);
    }

    [Theory]
    [InlineData("c=biws,r=abcours,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", SaslStatus.Failure)]
    [InlineData("c=biws,r=abc,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", SaslStatus.Malformed)]
    [InlineData("c=eSws,r=abcours,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=", SaslStatus.Malformed)]
    [InlineData("c=biws,r=abcours,p=AAAA", SaslStatus.Failure)]
    [InlineData("c=biws,r=abcours,p=!", SaslStatus.Malformed)]
    [InlineData("c=biws,r=abcours", SaslStatus.Malformed)]
    [InlineData("", SaslStatus.Malformed)]
    public async Task A_final_message_of_scram_is_read_to_the_letter(string message, SaslStatus expected)
    {
        var exchange = new ScramExchange(Book(("user", "pencil")), IPAddress.Loopback, "ours");
        await exchange.StepAsync("n,,n=user,r=abc"u8.ToArray());

        SaslStep step = await exchange.StepAsync(Encoding.ASCII.GetBytes(message));

        Assert.Equal(expected, step.Status);
        Assert.Null(exchange.User);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\0")]
    [InlineData("\0\0")]
    [InlineData("\0tim")]
    [InlineData("\0tim\0")]
    [InlineData("\0\0tanstaaf")]
    [InlineData("\0tim\0tanstaaf\0")]
    [InlineData("\0t\nm\0tanstaaf")]
    [InlineData("tim")]
    public async Task A_message_of_plain_that_is_none_is_malformed(string message)
    {
        var exchange = SaslExchange.Begin(SaslMechanism.Plain, Book(("tim", "tanstaaf")), IPAddress.Loopback, "mta.example", []);

        Assert.Equal(SaslStatus.Malformed, (await exchange.StepAsync(Encoding.UTF8.GetBytes(message))).Status);
    }

    [Theory]
    [InlineData(255, SaslStatus.Failure)]
    [InlineData(256, SaslStatus.Malformed)]
    [InlineData(5000, SaslStatus.Malformed)]
    public async Task Names_and_passwords_have_an_end(int length, SaslStatus expected)
    {
        string much = new('x', length);
        UserBook book = Book(("tim", "tanstaaf"));
        var plain = SaslExchange.Begin(SaslMechanism.Plain, book, IPAddress.Loopback, "mta.example", []);
        var name = SaslExchange.Begin(SaslMechanism.Plain, book, IPAddress.Loopback, "mta.example", []);
        var login = SaslExchange.Begin(SaslMechanism.Login, book, IPAddress.Loopback, "mta.example", []);
        await login.StepAsync("tim"u8.ToArray());

        Assert.Equal(expected, (await plain.StepAsync(Encoding.ASCII.GetBytes($"\0tim\0{much}"))).Status);
        Assert.Equal(expected, (await name.StepAsync(Encoding.ASCII.GetBytes($"\0{much}\0tanstaaf"))).Status);
        Assert.Equal(expected, (await login.StepAsync(Encoding.ASCII.GetBytes(much))).Status);
    }

    private static string Text(SaslStep step) => Encoding.Latin1.GetString(step.Challenge.Span);

    private UserBook Book(params (string Name, string Password)[] users) => new(
        users.ToDictionary(user => user.Name, user => ReceptionSettings.User(user.Name, user.Password), StringComparer.OrdinalIgnoreCase), _work);
}
