namespace Godwit.Tls;

/// <summary>A certificate, its key or a list of authorities cannot be used; the message says which and why, in an operator's words.</summary>
public sealed class TlsFileException(string message, Exception? cause = null) : Exception(message, cause);
