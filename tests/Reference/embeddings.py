# Makes embeddings.json: PyTorch's autograd in float64 on the formulas as the papers write them, codes of bins written out; edges by numpy.quantile.
# python3 embeddings.py > embeddings.json
import json

import numpy as np
import torch

torch.set_default_dtype(torch.float64)
rng=np.random.default_rng(20261128)
def T(a): return torch.tensor(a,requires_grad=True)
def case(name,layout,spec,x,params,forward,edges=None):
    xt=T(x); ps={k:T(v) for k,v in params.items()}
    y=forward(xt,ps)
    g=rng.normal(size=tuple(y.shape))
    (y*torch.tensor(g)).sum().backward()
    c={'layer':name,'layout':layout,'spec':spec,'x':x.tolist(),'parameters':{k:v.tolist() for k,v in params.items()},
       'output':y.detach().numpy().tolist(),'output_gradient':g.tolist(),
       'parameter_gradient':{k:v.grad.numpy().tolist() for k,v in ps.items()},'input_gradient':xt.grad.numpy().tolist()}
    if edges is not None: c['edges']=edges
    return c
cases=[]
R=7
# layout: number, category of 3, number, flag
def rows(): 
    x=rng.normal(size=(R,6))*1.5
    x[:,1:4]=0
    for r in range(R): 
        if r!=3: x[r,1+r%3]=1
    x[:,5]=rng.integers(0,2,R)
    return x
layout=[['number',1],['category',3],['number',1],['other',1]]
# piecewise linear
bins,d=5,4
train=np.stack([rng.normal(size=40),np.round(rng.normal(size=40)).clip(-1,1)],1)   # the second holds three values
edges=[]
for j in range(2):
    e=np.unique(np.quantile(train[:,j],np.linspace(0,1,bins+1)))
    edges.append(e)
x=rows(); x[0,0]=-6; x[1,0]=6; x[2,4]=-3; x[4,4]=2.5
def ple(x,e):
    n=len(e)-1; out=[]
    for i in range(n):
        c=(x-e[i])/(e[i+1]-e[i])
        if i<n-1: c=torch.clamp(c,max=1.0)
        if i>0: c=torch.clamp(c,min=0.0)
        out.append(c)
    return torch.stack(out,1)
def f_ple(x,p):
    parts=[]
    for j,i in ((0,0),(1,4)):
        code=ple(x[:,i],edges[j]); n=code.shape[1]
        parts.append(x[:,i:i+1]*p['weights'][j]+p['bias'][j]+code@p['binWeights'].reshape(2,bins,d)[j][:n])
    return torch.cat([parts[0],x[:,1:4],parts[1],x[:,5:6]],1)
cases.append(case('piecewiseLinear',layout,{'bins':bins,'units':d},x,{'weights':rng.normal(size=(2,d)),'bias':rng.normal(size=(2,d)),'binWeights':rng.normal(size=(2*bins,d))},f_ple,
  {'training':train.tolist(),'edges':[e.tolist() for e in edges]}))
# periodic
F,d=5,3
def f_per(x,p):
    parts=[]
    for j,i in ((0,0),(1,4)):
        z=2*np.pi*p['frequencies'][j]*x[:,i:i+1]
        v=torch.cat([torch.sin(z),torch.cos(z)],1)
        parts.append(torch.relu(v@p['weights'].reshape(2,2*F,d)[j]+p['bias'][j]))
    return torch.cat([parts[0],x[:,1:4],parts[1],x[:,5:6]],1)
cases.append(case('periodic',layout,{'frequencies':F,'units':d,'scale':0.5},rows(),{'frequencies':rng.normal(size=(2,F)),'weights':rng.normal(size=(4*F,d)),'bias':rng.normal(size=(2,d))},f_per))
# cosine
def f_cos(x,p):
    parts=[]
    for j,i in ((0,0),(1,4)):
        v=torch.cat([x[:,i:i+1],torch.cos(2*np.pi*(p['frequencies'][j]*x[:,i:i+1]+p['phases'][j]))],1)
        parts.append(v*p['scale'][j]+p['shift'][j])
    return torch.cat([parts[0],x[:,1:4],parts[1],x[:,5:6]],1)
cases.append(case('cosine',layout,{'frequencies':F,'scale':1},rows(),{'frequencies':rng.normal(size=(2,F)),'phases':rng.normal(size=(2,F)),'scale':rng.normal(size=(2,F+1)),'shift':rng.normal(size=(2,F+1))},f_cos))
# categories; row 3 has none
def f_cat(x,p): return torch.cat([x[:,:1],x[:,1:4]@p['weights0'],x[:,4:]],1)
cases.append(case('categoryEmbedding',layout,{'units':4},rows(),{'weights0':rng.normal(size=(3,4))},f_cat))
print(json.dumps({'cases': cases}))
