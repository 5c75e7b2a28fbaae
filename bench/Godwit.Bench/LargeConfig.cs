// The large configuration of the benchmark: 200,000 lines, 5,000 virtual MTAs with an address and settings of their own, 50,000 domains.
// Machine-made, as large senders' are.

using System.Text;

namespace Godwit.Bench;

internal static class LargeConfig
{
    public const int VirtualMtas = 5_000;
    public const int Domains = 50_000;

    /// <summary>What the generated blocks are made of; <paramref name="seed"/> makes two configurations differ in every limit.</summary>
    /// <param name="head">What the server needs: spool, log, listeners.</param>
    public static string Text(string head, int seed = 0)
    {
        var text = new StringBuilder(head, 8_000_000);
        for (int i = 0; i < VirtualMtas; i++)
        {
            text.Append($"""
                <virtual-mta vmta-{i}>
                  smtp-source-host 10.{i / 250}.{i % 250}.1 mta{i}.sender.example.com
                  max-smtp-out {100 + ((i + seed) % 50)}
                  domain-key s{i},*.sender.example.com,/etc/godwit/keys/{i}.pem
                  <domain *>
                    max-smtp-out {10 + ((i + seed) % 20)}
                  </domain>
                </virtual-mta>

                """);
        }

        for (int i = 0; i < Domains; i++)
        {
            text.Append($"<domain {Domain(i)}>\n  max-msg-rate {100 + ((i + seed) % 900)}/m\n");
            if (i % 5 == 0)
            {
                text.Append($"  retry-after {1 + (i % 9)}m, 20m, 1h   # as agreed\n");
            }

            text.Append("</domain>\n");
        }

        return text.ToString();
    }

    public static string Domain(int i) => i % 7 == 0 ? $"[*.]customer{i}.mail.example" : $"customer{i}.mail.example";

    /// <summary>A name that the blocks of domain <paramref name="i"/> apply to.</summary>
    public static string Name(int i) => $"customer{i}.mail.example";
}
