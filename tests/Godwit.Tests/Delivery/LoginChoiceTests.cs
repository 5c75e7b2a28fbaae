using Godwit.Delivery;
using Godwit.Sasl;
using Godwit.Settings;

namespace Godwit.Tests.Delivery;

public sealed class LoginChoiceTests
{
    [Theory]
    [InlineData("LOGIN PLAIN CRAM-MD5 SCRAM-SHA-256", SaslMechanism.ScramSha256)]
    [InlineData("login plain cram-md5", SaslMechanism.CramMd5)]
    [InlineData("LOGIN PLAIN GSSAPI XOAUTH2", SaslMechanism.Plain)]
    [InlineData("NTLM LOGIN", SaslMechanism.Login)]
    public void Inside_TLS_the_best_that_the_host_offers_is_taken(string offered, SaslMechanism expected)
    {
        Assert.Equal(new LoginChoice(expected, ""), LoginChoice.Of(new DeliverySettings(), offered, encrypted: true, isOurs: true));
    }

    [Theory]
    [InlineData("LOGIN PLAIN CRAM-MD5", false, SaslMechanism.CramMd5)]
    [InlineData("LOGIN PLAIN", false, SaslMechanism.None)]
    [InlineData("LOGIN PLAIN", true, SaslMechanism.Plain)]
    public void In_clear_nothing_readable_is_sent_unless_the_configuration_says_so(string offered, bool allowed, SaslMechanism expected)
    {
        var choice = LoginChoice.Of(new DeliverySettings { UseUnencryptedPlainAuth = allowed }, offered, encrypted: false, isOurs: true);

        Assert.Equal(expected, choice.Mechanism);
        Assert.Equal(expected == SaslMechanism.None, choice.Problem.Contains("use-unencrypted-plain-auth", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("LOGIN PLAIN SCRAM-SHA-256", false, SaslMechanism.ScramSha256)]
    [InlineData("LOGIN PLAIN XOAUTH2", false, SaslMechanism.None)]
    [InlineData("LOGIN PLAIN", true, SaslMechanism.Plain)]
    public void A_stranger_reads_nothing_inside_TLS_either_unless_the_configuration_says_so(string offered, bool allowed, SaslMechanism expected)
    {
        var choice = LoginChoice.Of(new DeliverySettings { UseUnencryptedPlainAuth = allowed }, offered, encrypted: true, isOurs: false);
        Assert.Equal(expected, choice.Mechanism);
        Assert.Equal(expected == SaslMechanism.None, choice.Problem.Contains("name it by smtp-hosts", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(AuthMethod.Login, SaslMechanism.Login)]
    [InlineData(AuthMethod.XOAuth2, SaslMechanism.XOAuth2)]
    [InlineData(AuthMethod.ScramSha256, SaslMechanism.None)]
    public void A_method_that_the_configuration_names_is_the_only_one(AuthMethod method, SaslMechanism expected)
    {
        var choice = LoginChoice.Of(new DeliverySettings { AuthMethod = method }, "LOGIN PLAIN CRAM-MD5 XOAUTH2", encrypted: true, isOurs: true);

        Assert.Equal(expected, choice.Mechanism);
        Assert.Equal(expected == SaslMechanism.None, choice.Problem.Contains("auth-method", StringComparison.Ordinal));
    }

    [Fact]
    public void A_token_is_as_readable_as_a_password()
    {
        Assert.Equal(SaslMechanism.None, LoginChoice.Of(new DeliverySettings { AuthMethod = AuthMethod.XOAuth2 }, "XOAUTH2", encrypted: false, isOurs: true).Mechanism);
    }
}
