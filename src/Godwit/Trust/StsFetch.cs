using Godwit.Mail;
using Godwit.Tls;

namespace Godwit.Trust;

/// <summary>What fetching a policy came to.</summary>
/// <param name="Policy">Null when it failed.</param>
/// <param name="IsUnreachable">
/// Nobody answered who has proved to be the domain's policy host, or it has trouble of its own: it is not known what it would say.
/// </param>
internal readonly record struct StsFetchResult(StsPolicy? Policy, TlsResultType? Fault, string Detail, bool IsUnreachable);

/// <summary>Fetches policies (RFC 8461 section 3.3). Thread safe.</summary>
internal sealed class StsFetch(HttpsDoor door)
{
    private const int Ok = 200;
    private const int TooManyRequests = 429;
    private const int ServerError = 500;

    /// <summary>Ends within <see cref="HttpsDoor.Patience"/>. Never throws but for cancellation.</summary>
    public async Task<StsFetchResult> GetAsync(DomainName domain, CancellationToken cancellation)
    {
        if (!Uri.TryCreate($"https://mta-sts.{domain.Text}/.well-known/mta-sts.txt", UriKind.Absolute, out Uri? address))
        {
            return Broken(TlsResultType.StsPolicyFetchError, "its policy host has no possible name");
        }

        HttpsAnswer answer = await door.GetAsync(address, StsPolicy.MaxOctets, cancellation);
        if (answer.Status == 0)
        {
            TlsResultType fault = answer.IsCertificateBad ? TlsResultType.StsWebPkiInvalid : TlsResultType.StsPolicyFetchError;
            return new StsFetchResult(null, fault, $"{address}: {answer.Problem}", IsUnreachable: true);
        }

        if (answer.Status != Ok)
        {
            var failed = Broken(TlsResultType.StsPolicyFetchError, $"{address}: HTTP status {answer.Status}");
            return failed with { IsUnreachable = answer.Status is TooManyRequests or >= ServerError };
        }

        // Section 3.2: a page that somebody else was allowed to upload to the site is not its policy.
        if (!answer.MediaType.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
        {
            return Broken(TlsResultType.StsPolicyInvalid, $"{address}: its type is not text/plain");
        }

        return StsPolicy.TryParse(answer.Body, out StsPolicy policy, out string problem)
            ? new StsFetchResult(policy, null, "", IsUnreachable: false)
            : Broken(TlsResultType.StsPolicyInvalid, $"{address}: {problem}");
    }

    private static StsFetchResult Broken(TlsResultType fault, string detail) => new(null, fault, detail, IsUnreachable: false);
}
