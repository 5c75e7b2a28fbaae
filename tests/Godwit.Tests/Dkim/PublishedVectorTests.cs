using System.Buffers;
using System.Text;
using Godwit.Dkim;
using Godwit.Settings;
using Godwit.Tests.Support;

namespace Godwit.Tests.Dkim;

/// <summary>The examples that the standards print.</summary>
public sealed class PublishedVectorTests
{
    private const string Body = "Hi.\r\n\r\nWe lost the game.  Are you hungry yet?\r\n\r\nJoe.\r\n";

    /// <summary>RFC 8463 appendix A, in the order of h=, which names three fields once more than they stand.</summary>
    private static readonly string[] _header =
    [
        "From: Joe SixPack <joe@football.example.com>\r\n",
        "To: Suzie Q <suzie@shopping.example.net>\r\n",
        "Subject: Is dinner ready?\r\n",
        "Date: Fri, 11 Jul 2003 21:00:37 -0700 (PDT)\r\n",
        "Message-ID: <20030712040037.46341.5F8J@football.example.com>\r\n",
    ];

    /// <summary>The key of RFC 8463 appendix A.1, published to be tested with.</summary>
    private const string Rsa = """
        -----BEGIN RSA PRIVATE KEY-----
        MIICXQIBAAKBgQDkHlOQoBTzWRiGs5V6NpP3idY6Wk08a5qhdR6wy5bdOKb2jLQi
        Y/J16JYi0Qvx/byYzCNb3W91y3FutACDfzwQ/BC/e/8uBsCR+yz1Lxj+PL6lHvqM
        KrM3rG4hstT5QjvHO9PzoxZyVYLzBfO2EeC3Ip3G+2kryOTIKT+l/K4w3QIDAQAB
        AoGAH0cxOhFZDgzXWhDhnAJDw5s4roOXN4OhjiXa8W7Y3rhX3FJqmJSPuC8N9vQm
        6SVbaLAE4SG5mLMueHlh4KXffEpuLEiNp9Ss3O4YfLiQpbRqE7Tm5SxKjvvQoZZe
        zHorimOaChRL2it47iuWxzxSiRMv4c+j70GiWdxXnxe4UoECQQDzJB/0U58W7RZy
        6enGVj2kWF732CoWFZWzi1FicudrBFoy63QwcowpoCazKtvZGMNlPWnC7x/6o8Gc
        uSe0ga2xAkEA8C7PipPm1/1fTRQvj1o/dDmZp243044ZNyxjg+/OPN0oWCbXIGxy
        WvmZbXriOWoSALJTjExEgraHEgnXssuk7QJBALl5ICsYMu6hMxO73gnfNayNgPxd
        WFV6Z7ULnKyV7HSVYF0hgYOHjeYe9gaMtiJYoo0zGN+L3AAtNP9huqkWlzECQE1a
        licIeVlo1e+qJ6Mgqr0Q7Aa7falZ448ccbSFYEPD6oFxiOl9Y9se9iYHZKKfIcst
        o7DUw1/hz2Ck4N5JrgUCQQCyKveNvjzkkd8HjYs0SwM0fPjK16//5qDZ2UiDGnOe
        uEzxBDAr518Z8VFbR41in3W4Y3yCDgQlLlcETrS+zYcL
        -----END RSA PRIVATE KEY-----
        """;

    [Fact]
    public void The_ed25519_signature_of_rfc_8463_is_made()
    {
        const string Field = "DKIM-Signature: v=1; a=ed25519-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
            + " q=dns/txt; s=brisbane; t=1528637909; h=from : to :\r\n subject : date : message-id : from : subject : date;\r\n"
            + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";

        Assert.Equal(
            "/gCrinpcQOoIfuHNQIbq4pgh9kyIK3AQUdt9OdqQehSwhEIug4D11BusFa3bT3FY5OsU7ZbnKELq+eXdp1Q1Dw==", Signature(DkimKeys.Ed25519, Field));
    }

    [Fact]
    public void The_rsa_signature_of_rfc_8463_is_made()
    {
        const string Field = "DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;\r\n d=football.example.com; i=@football.example.com;\r\n"
            + " q=dns/txt; s=test; t=1528637909; h=from : to : subject :\r\n date : message-id : from : subject : date;\r\n"
            + " bh=2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=;\r\n b=";

        Assert.Equal(
            "F45dVWDfMbQDGHJFlXUNB2HKfbCeLRyhDXgFpEL8GwpsRe0IeIixNTe3DhCVlUrSjV4BwcVcOF6+FF3Zo9Rpo1tFOeS9mPYQTnGdaSGsgeefOsk2Jz"
            + "dA+L10TeYt9BgDfQNZtKdN1WO//KgIqXP7OdEFE4LjFYNcUxZQ4FADY+8=",
            Signature(Rsa, Field));
    }

    [Theory]
    [InlineData(DkimCanonicalization.Relaxed, Body, "2jUSOH9NhtVGCQWNr9BrIAPreKQjO6Sn7XIkfJVOzv8=")]
    [InlineData(DkimCanonicalization.Simple, "", "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY=")]
    [InlineData(DkimCanonicalization.Relaxed, "", "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=")]
    public void A_body_has_the_hash_that_the_standard_prints(DkimCanonicalization form, string body, string hash)
    {
        using var hasher = new BodyHasher(form);
        hasher.Append(Encoding.ASCII.GetBytes(body));

        Assert.Equal(hash, Convert.ToBase64String(hasher.Finish().Hash));
    }

    /// <summary>RFC 6376 section 3.4.5.</summary>
    [Theory]
    [InlineData(DkimCanonicalization.Relaxed, "a:X\r\nb:Y Z\r\n")]
    [InlineData(DkimCanonicalization.Simple, "A: X\r\nB : Y\t\r\n\tZ  \r\n")]
    public void The_fields_of_rfc_6376_have_the_form_that_it_prints(DkimCanonicalization form, string canonical)
    {
        var output = new ArrayBufferWriter<byte>();
        CanonicalHeader.Write(output, "A: X\r\n"u8, form);
        CanonicalHeader.Write(output, "B : Y\t\r\n\tZ  \r\n"u8, form);

        Assert.Equal(canonical, Encoding.ASCII.GetString(output.WrittenSpan));
    }

    private static string Signature(string key, string field)
    {
        var canonical = new ArrayBufferWriter<byte>();
        foreach (string each in _header)
        {
            CanonicalHeader.Write(canonical, Encoding.ASCII.GetBytes(each), DkimCanonicalization.Relaxed);
        }

        CanonicalHeader.WriteLast(canonical, Encoding.ASCII.GetBytes(field), DkimCanonicalization.Relaxed);
        return Convert.ToBase64String(DkimKey.Read(key, "vector").Sign(canonical.WrittenSpan));
    }
}
