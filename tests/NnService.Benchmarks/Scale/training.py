"""An epoch in torch as a user writes it who knows how: tensors in memory, rows in a new order each epoch, one thread."""
import torch
from torch import nn

torch.set_num_threads(1)
torch.manual_seed(1)
VERSION = "torch " + torch.__version__


class Network(nn.Module):
    """Dense layers behind numbers and, where there is one, a column of categories, as 0 and 1 each or embedded."""
    MOST_ONE_HOT = 100
    EMBEDDED = 50
    MOST_DENSE_GRADIENT = 10_000

    def __init__(self, numbers, units, outputs, categories=0, activation=nn.ReLU):
        super().__init__()
        self.one_hot = categories if categories <= self.MOST_ONE_HOT else 0
        self.embedding = nn.Embedding(categories, self.EMBEDDED, sparse=categories > self.MOST_DENSE_GRADIENT) if categories > self.one_hot else None
        widths = [numbers + (self.EMBEDDED if self.embedding else self.one_hot), *units, outputs]
        chain = []
        for fan_in, fan_out in zip(widths, widths[1:]):
            chain += [nn.Linear(fan_in, fan_out), activation()]
        self.dense = nn.Sequential(*chain[:-1])

    def forward(self, numbers, codes):
        if self.embedding:
            numbers = torch.cat([numbers, self.embedding(codes)], dim=1)
        elif self.one_hot:
            numbers = torch.cat([numbers, nn.functional.one_hot(codes, self.one_hot).float()], dim=1)
        return self.dense(numbers)


class Training:
    def __init__(self, network, loss, rows, batch, validation=None):
        """rows: numbers, codes of categories (any numbers where there are none), targets."""
        self.network, self.loss, self.rows, self.batch, self.validation = network, loss, rows, batch, validation
        sparse = list(network.embedding.parameters()) if network.embedding and network.embedding.sparse else []
        dense = [p for p in network.parameters() if not any(p is other for other in sparse)]
        # One call for all arrays pays where they are large; for a few small ones the plain loop is faster.
        self.rules = [torch.optim.AdamW(dense, lr=0.002, foreach=sum(p.numel() for p in dense) > 10_000)]
        self.rules += [torch.optim.SparseAdam(sparse, lr=0.002)] if sparse else []
        self.step(*(part[:batch] for part in rows))

    def step(self, numbers, codes, targets):
        for rule in self.rules:
            rule.zero_grad(set_to_none=True)
        loss = self.loss(self.network(numbers, codes), targets)
        loss.backward()
        for rule in self.rules:
            rule.step()
        return loss.detach()

    def epoch(self):
        order = torch.randperm(len(self.rows[0]))
        shuffled = [part[order] for part in self.rows]
        losses = [self.step(*parts) for parts in zip(*(part.split(self.batch) for part in shuffled))]
        total = torch.stack(losses).mean().item()
        if self.validation:
            with torch.inference_mode():
                parts = zip(*(part.split(4096) for part in self.validation))
                total += sum(self.loss(self.network(numbers, codes), targets).item() for numbers, codes, targets in parts)
        return total
