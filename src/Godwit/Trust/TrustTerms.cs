using System.Security.Cryptography.X509Certificates;

namespace Godwit.Trust;

/// <summary>What the configuration wants for one queue.</summary>
/// <param name="UseDane"><c>use-dane</c>.</param>
/// <param name="UseMtaSts"><c>use-mta-sts</c>.</param>
/// <param name="RequireStartTls"><c>require-starttls</c>: nothing in clear text, whatever DNS says.</param>
/// <param name="Authorities">
/// <c>smtp-tls-ca-file</c>: a host that no policy speaks of must prove its name by one of these; null asks for no proof. A policy is judged by the system's.
/// </param>
public readonly record struct TrustTerms(bool UseDane, bool UseMtaSts, bool RequireStartTls = false, X509Certificate2Collection? Authorities = null);
